package layertap.suggest;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import layertap.suggest.feed.DescribedColumn;
import layertap.suggest.feed.DescribedInput;

/** Writes {@code input { … }}. */
final class InputSection {
  private final DescribedInput source;
  private final List<String> kept;
  private final Optional<String> label;
  private final Map<String, String> selects;

  InputSection(
      DescribedInput source,
      List<String> kept,
      Optional<String> label,
      Map<String, String> selects) {
    this.source = source;
    this.kept = kept;
    this.label = label;
    this.selects = selects;
  }

  void write(ConfigurationText text) {
    source.facts().forEach(text::comment);
    source.questions().forEach(text::question);
    text.open("input {");
    if (source.isTable()) {
      text.line("table = " + Hocon.quoted(source.location()));
    } else {
      text.line("format = " + Hocon.text(source.format()));
      text.line("path = " + Hocon.quoted(source.location()));
    }
    if (!source.options().isEmpty()) {
      text.line("options { %s }".formatted(pairs(source.options())));
    }
    writeSelect(text);
    text.line("keep = " + Hocon.list(kept));
    List<String> others =
        source.columns().stream()
            .map(DescribedColumn::name)
            .filter(name -> !kept.contains(name))
            .toList();
    if (!others.isEmpty()) {
      text.comment("Not carried to the output: %s.".formatted(String.join(", ", others)));
    }
    text.close("}");
    text.comment(
        "A row that cannot be fed ends the job and is named. rows { on-invalid = skip } leaves such"
            + " rows out, keep writes them with null and the reason.");
  }

  private void writeSelect(ConfigurationText text) {
    if (label.isPresent()) {
      text.comment("The name of the folder in which a file lies.");
      text.line(
          "select { %s = %s }"
              .formatted(label.get(), Hocon.quoted(SuggestedConfiguration.LABEL_OF_FOLDER)));
    } else if (!selects.isEmpty()) {
      text.line("select { %s }".formatted(pairs(selects)));
    } else if (source.labelled()) {
      text.comment("The names of the folders as labels (init --label), with label in keep:");
      text.alternative(
          "select { label = %s }".formatted(Hocon.quoted(SuggestedConfiguration.LABEL_OF_FOLDER)));
    }
  }

  private static String pairs(Map<String, String> values) {
    return values.entrySet().stream()
        .map(
            entry ->
                "%s = %s".formatted(Hocon.text(entry.getKey()), Hocon.quoted(entry.getValue())))
        .collect(Collectors.joining(", "));
  }
}
