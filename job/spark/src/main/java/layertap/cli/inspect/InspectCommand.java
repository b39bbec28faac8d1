package layertap.cli.inspect;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import layertap.process.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists what can be tapped in a model. Needs neither Spark nor natives. */
@Command(
    name = "inspect",
    description = {
      "Lists what a feature can name in MODEL: its signatures, and a line for each layer with index,"
          + " selector, class or op, output shape, parameters and cost. Starts neither Spark nor"
          + " TensorFlow."
    })
public final class InspectCommand implements Runnable {
  private final PrintStream out;
  private final BooleanSupplier isTerminal;

  @Parameters(
      paramLabel = "MODEL",
      description = "The SavedModel: a directory, or its URI (hdfs://…, s3a://…).")
  String model;

  @Option(
      names = "--signature",
      paramLabel = "S",
      defaultValue = "serving_default",
      description = "The signature whose inputs and outputs count (default: ${DEFAULT-VALUE}).")
  String signature;

  @Option(
      names = "--tags",
      paramLabel = "T",
      defaultValue = "serve",
      description =
          "The tags of the graph, separated by commas (default: ${DEFAULT-VALUE}); '' for one"
              + " without tags.")
  String tags;

  @Option(
      names = "--topology",
      paramLabel = "F",
      description =
          "A .keras archive or the model's JSON, which names the layers that an export leaves out.")
  String topology = "";

  @Option(
      names = "--layers",
      paramLabel = "GLOB",
      description = "Lists the layers that match, as 'block_*'. Without it, all are listed.")
  String layers = "";

  @Option(names = "--tensors", description = "Lists the tensors of the graph, too.")
  boolean isWithTensors;

  @Option(names = "--json", description = "Prints JSON instead of text.")
  boolean isJson;

  @Option(
      names = "--depth",
      paramLabel = "N",
      converter = DepthConverter.class,
      description =
          "Folds layers into blocks by N parts of their names (of conv2_block1_…, 1 for conv2, 2"
              + " for conv2_block1) and by the models they stand in. On a terminal, more than 200"
              + " layers are folded without it.")
  int depth;

  @Option(names = "--all", description = "Prints a line for each layer on a terminal, too.")
  boolean isAll;

  /** The command, which prints to {@code out}. */
  public InspectCommand(PrintStream out) {
    this(out, new Terminal(Terminal.STANDARD_OUTPUT)::is);
  }

  /**
   * The command.
   *
   * @param isTerminal whether a person reads along
   */
  public InspectCommand(PrintStream out, BooleanSupplier isTerminal) {
    this.out = out;
    this.isTerminal = isTerminal;
  }

  @Override
  public void run() {
    ModelListing listing =
        ModelListing.read(model, tagList(), signature, topology, layers, isWithTensors);
    if (isJson) {
      listing.printJson(out);
    } else {
      listing.printText(new ModelListing.View(depth, isAll, isTerminal.getAsBoolean()), out);
    }
  }

  private List<String> tagList() {
    return Arrays.stream(tags.split(",")).map(String::strip).filter(tag -> !tag.isEmpty()).toList();
  }

  /** Reads how many parts of names make a block. */
  static final class DepthConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      if (!text.matches("[1-9]\\d{0,3}")) {
        throw new IllegalArgumentException("a whole number from 1 on");
      }
      return Integer.valueOf(text);
    }
  }
}
