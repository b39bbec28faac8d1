package layertap.suggest;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.model.LoadedModel;
import layertap.model.saved.Signature;
import layertap.suggest.feed.DescribedColumn;
import layertap.suggest.feed.DescribedInput;
import layertap.suggest.feed.FedInput;
import layertap.suggest.feed.NeededInputs;
import layertap.suggest.feed.PixelAdvice;
import layertap.suggest.feed.Proposal;
import layertap.suggest.feed.Proposals;
import layertap.suggest.layer.Candidate;
import layertap.suggest.layer.CandidateLayers;

/**
 * A configuration to start from, with a reason for each choice in a comment.
 *
 * @param text of it, in HOCON
 * @param questions without whose answers no job runs, as sentences; none if the configuration is
 *     complete
 */
public record SuggestedConfiguration(String text, List<String> questions) {
  static final String LABEL = "label";
  static final String LABEL_OF_FOLDER = "element_at(split(path, '/'), -2)";

  /**
   * The model as a configuration names it.
   *
   * @param topology empty for none
   */
  public record ModelNames(String path, List<String> tags, String signature, String topology) {
    public ModelNames {
      requireNonNull(path, "path is null");
      tags = List.copyOf(tags);
      requireNonNull(signature, "signature is null");
      requireNonNull(topology, "topology is null");
    }
  }

  public SuggestedConfiguration {
    requireNonNull(text, "text is null");
    questions = List.copyOf(questions);
  }

  /**
   * Makes one.
   *
   * @param pixels what is to be done to the pixels of an input of that name
   * @param isLabelled whether the names of folders become a column
   * @param folder in which the output is to lie; empty for the working directory
   * @throws UserException if the model has nothing to tap, or takes what cannot be fed
   */
  public static SuggestedConfiguration of(
      ModelNames names,
      LoadedModel model,
      DescribedInput source,
      Function<String, PixelAdvice> pixels,
      boolean isLabelled,
      String folder) {
    CandidateLayers candidates = CandidateLayers.of(model);
    Optional<Candidate> embedding = candidates.embedding();
    Optional<Map.Entry<String, Signature.Port>> output =
        model.signature().outputs().entrySet().stream().findFirst();
    TensorId tap =
        embedding
            .map(Candidate::tensor)
            .or(() -> output.map(entry -> entry.getValue().tensor()))
            .orElseThrow(() -> nothing(names));
    NeededInputs inputs = NeededInputs.of(model, tap);
    Map<FedInput, Proposal> proposals = new LinkedHashMap<>();
    Proposals.of(inputs.needed(), source, pixels)
        .forEach(proposal -> proposals.put(proposal.input(), proposal));
    Optional<String> label = isLabelled ? Optional.of(labelColumn(source)) : Optional.empty();
    List<String> kept = kept(source, proposals.values(), label);

    ConfigurationText text = new ConfigurationText();
    text.comment(
        "A start, by layertap init. Comments say why, and what else could stand in a place. Lines"
            + " that begin with \"open:\" are questions that the files do not answer.");
    text.open("layertap {");
    new ModelSection(names).write(text);
    text.blank();
    new InputSection(source, kept, label, selects(proposals.values())).write(text);
    text.blank();
    new FeedsSection(proposals.values(), inputs.others()).write(text);
    text.blank();
    new FeaturesSection(candidates, output.map(Map.Entry::getKey), kept).write(text);
    text.blank();
    text.comment(
        "mode = overwrite replaces an earlier output; with output.key = […], resume goes on.");
    text.line(
        "output { path = %s, mode = error }".formatted(Hocon.quoted(folder + outputPath(names))));
    text.close("}");
    return new SuggestedConfiguration(text.toString(), questions(proposals.values()));
  }

  private static UserException nothing(ModelNames names) {
    return new UserException(
        ("cannot write a configuration for %s: its signature '%s' has no plain output, and the"
                + " graph shows no layers; export the model with a signature that returns a tensor")
            .formatted(names.path(), names.signature()));
  }

  /** A new column's name that the input does not have. */
  private static String labelColumn(DescribedInput source) {
    String name = LABEL;
    for (int i = 1; hasColumn(source, name); i++) {
      name = LABEL + "_" + i;
    }
    return name;
  }

  private static boolean hasColumn(DescribedInput source, String name) {
    return source.columns().stream().anyMatch(column -> column.name().equalsIgnoreCase(name));
  }

  private static List<String> kept(
      DescribedInput source, Iterable<Proposal> proposals, Optional<String> label) {
    List<String> kept = new ArrayList<>();
    if (source.isOfImageFiles()) {
      kept.add("path");
    } else {
      source.columns().stream()
          .filter(column -> column.isSmall() && !column.name().contains("."))
          .map(DescribedColumn::name)
          .forEach(kept::add);
      proposals.forEach(
          proposal -> {
            if (proposal instanceof Proposal.OfColumn fed) {
              kept.remove(fed.fit().column().name());
            }
          });
    }
    label.ifPresent(kept::add);
    return kept;
  }

  private static Map<String, String> selects(Iterable<Proposal> proposals) {
    Map<String, String> selects = new LinkedHashMap<>();
    proposals.forEach(
        proposal -> {
          if (proposal instanceof Proposal.OfColumn fed && !fed.fit().select().isEmpty()) {
            selects.put(fed.fit().column().name(), fed.fit().select());
          }
        });
    return selects;
  }

  private static String outputPath(ModelNames names) {
    String path = names.path().replaceAll("/+$", "");
    return "features/" + path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf(':')) + 1);
  }

  private static List<String> questions(Iterable<Proposal> proposals) {
    List<String> questions = new ArrayList<>();
    proposals.forEach(
        proposal -> {
          if (proposal instanceof Proposal.Open open) {
            questions.add(
                "%s %s: %s".formatted(open.input().key(), open.input().name(), open.question()));
          }
        });
    return questions;
  }
}
