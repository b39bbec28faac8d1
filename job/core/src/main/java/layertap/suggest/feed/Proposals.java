package layertap.suggest.feed;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tensorflow.proto.DataType;

/** Finds for each input of a model what fills it; where two columns would do, it asks. */
public final class Proposals {
  private static final Pattern OF_TRAINING = Pattern.compile("(?i).*(train|phase).*");
  private static final Pattern OF_KEEPING = Pattern.compile("(?i).*keep_?prob.*");

  private final DescribedInput source;
  private final Function<String, PixelAdvice> pixels;
  private final Map<FedInput, List<Fit>> fits = new LinkedHashMap<>();
  private final Map<FedInput, Proposal> made = new LinkedHashMap<>();

  private Proposals(
      List<FedInput> inputs, DescribedInput source, Function<String, PixelAdvice> pixels) {
    this.source = source;
    this.pixels = pixels;
    inputs.forEach(input -> fits.put(input, fits(input)));
  }

  /**
   * A proposal for each input, in the same order.
   *
   * @param pixels what is to be done to those of an input of that name
   */
  public static List<Proposal> of(
      List<FedInput> inputs, DescribedInput source, Function<String, PixelAdvice> pixels) {
    Proposals proposals = new Proposals(inputs, source, pixels);
    inputs.forEach(proposals::proposeValue);
    inputs.forEach(proposals::proposeByName);
    while (inputs.stream().anyMatch(proposals::proposeOnlyColumn)) {
      // What is taken leaves less to choose from.
    }
    return inputs.stream().map(proposals::proposal).toList();
  }

  private List<Fit> fits(FedInput input) {
    ImageFits images = new ImageFits(input, pixels.apply(input.name()));
    ValueFits values = new ValueFits(input);
    List<Fit> found = new ArrayList<>();
    for (DescribedColumn column : fedColumns()) {
      images.fit(column).or(() -> values.fit(column)).ifPresent(found::add);
    }
    return found;
  }

  /** Of a file its bytes alone: its path, length and time are no values of the model's. */
  private List<DescribedColumn> fedColumns() {
    return source.isOfImageFiles()
        ? source.columns().stream()
            .filter(column -> column.kind() == DescribedColumn.Kind.BYTES)
            .toList()
        : source.columns();
  }

  private void proposeValue(FedInput input) {
    if (!input.isSingleValue() || input.dtype() == DataType.DT_STRING) {
      return;
    }
    if (input.dtype() == DataType.DT_BOOL && OF_TRAINING.matcher(input.name()).matches()) {
      made.put(
          input,
          new Proposal.OfValue(
              input, "false", "a switch whose name speaks of training, which this is not"));
    } else if (input.dtype() == DataType.DT_FLOAT && OF_KEEPING.matcher(input.name()).matches()) {
      made.put(
          input,
          new Proposal.OfValue(
              input,
              "1.0",
              "a probability of keeping values, all of which are kept outside of" + " training"));
    } else {
      made.put(
          input,
          new Proposal.Open(
              input, List.of(), "it takes one value for all rows; which? Write it in place of …"));
    }
  }

  private void proposeByName(FedInput input) {
    List<Fit> named = open(input).stream().filter(fit -> isNamed(input, fit)).toList();
    if (named.size() == 1) {
      choose(input, named.get(0), "the column has the input's name");
    }
  }

  private static boolean isNamed(FedInput input, Fit fit) {
    return plain(fit.column().name()).equals(plain(input.name()));
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", "");
  }

  /** A single number fits too much for that to tell anything. */
  private boolean proposeOnlyColumn(FedInput input) {
    List<Fit> open = open(input);
    boolean isOnly =
        open.size() == 1
            && !(open.get(0).column().depth() == 0 && open.get(0).column().kind().isNumeric());
    boolean isWanted =
        isOnly
            && fits.keySet().stream()
                .filter(other -> !other.equals(input))
                .map(this::open)
                .anyMatch(
                    others -> others.size() == 1 && isOfOneColumn(others.get(0), open.get(0)));
    if (!isOnly || isWanted) {
      return false;
    }
    choose(
        input,
        open.get(0),
        source.isOfImageFiles() ? "the bytes of each file" : "no other column fits");
    return true;
  }

  /** What may still be chosen for an input. */
  private List<Fit> open(FedInput input) {
    return made.containsKey(input)
        ? List.of()
        : fits.get(input).stream().filter(Fit::isSure).filter(fit -> !isTaken(fit)).toList();
  }

  private boolean isTaken(Fit fit) {
    return made.values().stream()
        .anyMatch(
            proposal ->
                proposal instanceof Proposal.OfColumn taken && isOfOneColumn(taken.fit(), fit));
  }

  private static boolean isOfOneColumn(Fit one, Fit other) {
    return one.column().equals(other.column());
  }

  private void choose(FedInput input, Fit fit, String why) {
    made.put(input, new Proposal.OfColumn(input, fit, why));
  }

  private Proposal proposal(FedInput input) {
    return made.containsKey(input) ? made.get(input) : ask(input);
  }

  private Proposal ask(FedInput input) {
    List<Fit> choices = new ArrayList<>(fits.get(input));
    choices.removeIf(this::isTaken);
    new ValueFits(input)
        .joined(source.columns())
        .filter(fit -> choices.isEmpty())
        .ifPresent(choices::add);
    String question;
    if (choices.size() > 1) {
      question =
          "%s fit it; which is it?"
              .formatted(
                  choices.stream()
                      .map(fit -> fit.column().name())
                      .collect(Collectors.joining(" and ")));
    } else if (choices.size() == 1) {
      question = firstQuestion(choices.get(0));
    } else {
      question =
          "no column fits it; make one with input.select. There are: %s"
              .formatted(
                  source.columns().stream()
                      .map(DescribedColumn::words)
                      .collect(Collectors.joining(", ")));
    }
    return new Proposal.Open(input, choices, question);
  }

  private static String firstQuestion(Fit fit) {
    return Optional.of(fit.questions())
        .filter(questions -> !fit.isSure() && !questions.isEmpty())
        .map(questions -> questions.get(0))
        .orElse("is it %s, the only column that fits?".formatted(fit.column().name()));
  }
}
