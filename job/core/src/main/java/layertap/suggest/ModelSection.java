package layertap.suggest;

import java.util.List;
import layertap.suggest.SuggestedConfiguration.ModelNames;

/** Writes {@code model { … }}. */
record ModelSection(ModelNames names) {
  private static final List<String> USUAL_TAGS = List.of("serve");
  private static final String USUAL_SIGNATURE = "serving_default";

  void write(ConfigurationText text) {
    StringBuilder line = new StringBuilder("model { path = ").append(Hocon.quoted(names.path()));
    if (!names.tags().equals(USUAL_TAGS)) {
      line.append(", tags = ").append(Hocon.list(names.tags()));
    }
    if (!names.signature().equals(USUAL_SIGNATURE)) {
      line.append(", signature = ").append(Hocon.text(names.signature()));
    }
    if (!names.topology().isEmpty()) {
      line.append(", topology = ").append(Hocon.quoted(names.topology()));
    }
    text.line(line.append(" }").toString());
  }
}
