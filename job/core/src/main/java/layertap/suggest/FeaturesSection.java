package layertap.suggest;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import layertap.suggest.layer.Candidate;
import layertap.suggest.layer.CandidateLayers;

/** Writes {@code features = [ … ]}. */
final class FeaturesSection {
  private static final String COLUMN = "embedding";

  private final CandidateLayers candidates;
  private final Optional<String> output;
  private final List<String> kept;

  FeaturesSection(CandidateLayers candidates, Optional<String> output, List<String> kept) {
    this.candidates = candidates;
    this.output = output;
    this.kept = kept;
  }

  void write(ConfigurationText text) {
    Optional<Candidate> embedding = candidates.embedding();
    text.comment(
        "Layers to try, in the model's order, with shape and bytes a row; inspect lists all. pool ="
            + " avg | max | first | last makes one vector of a map or of steps.");
    text.open("features = [");
    for (Candidate candidate : candidates.all()) {
      boolean isChosen = embedding.filter(candidate::equals).isPresent();
      text.comment("%s: %s".formatted(candidate.reason(), size(candidate)));
      if (isChosen) {
        text.line(chosen(candidate));
      } else {
        String pool = candidate.isPoolable() ? ", pool = avg" : "";
        text.alternative("{ layer = %s%s }".formatted(Hocon.text(candidate.selector()), pool));
      }
    }
    output.ifPresent(
        name -> {
          text.comment("an output of the model");
          String line =
              "{ output = %s%s }".formatted(Hocon.text(name), column(embedding.isEmpty()));
          if (embedding.isEmpty()) {
            text.line(line);
          } else {
            text.alternative(line);
          }
        });
    text.close("]");
  }

  private String chosen(Candidate candidate) {
    String pool = candidate.isPoolable() ? ", pool = avg" : "";
    return "{ layer = %s%s%s }".formatted(Hocon.text(candidate.selector()), pool, column(true));
  }

  /** A name that no kept column has. */
  private String column(boolean isNamed) {
    String name = COLUMN;
    for (int i = 1; isKept(name); i++) {
      name = COLUMN + "_" + i;
    }
    return isNamed ? ", column = " + name : "";
  }

  private boolean isKept(String name) {
    return kept.stream().anyMatch(name::equalsIgnoreCase);
  }

  private static String size(Candidate candidate) {
    String whole = "%s, %s".formatted(candidate.rowShape(), bytes(candidate.bytes()));
    return candidate.isPoolable()
        ? "%s; pooled %s, %s"
            .formatted(whole, candidate.pooledShape(), bytes(candidate.pooledBytes()))
        : whole;
  }

  private static String bytes(OptionalLong bytes) {
    return bytes.isPresent()
        ? String.format(Locale.ROOT, "%,d bytes", bytes.getAsLong())
        : "as many bytes as rows decide";
  }
}
