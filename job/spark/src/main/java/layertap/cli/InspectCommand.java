package layertap.cli;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists what can be tapped in a model. Needs neither Spark nor natives. */
@Command(
    name = "inspect",
    description = {
      "Lists what a feature can name in MODEL: its signatures, and a line for each layer with index,"
          + " selector, class or op, output shape and parameters. Starts neither Spark nor"
          + " TensorFlow."
    })
final class InspectCommand implements Runnable {
  private final PrintStream out;

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

  InspectCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public void run() {
    ModelListing listing =
        ModelListing.read(model, tagList(), signature, topology, layers, isWithTensors);
    if (isJson) {
      listing.printJson(out);
    } else {
      listing.printText(out);
    }
  }

  private List<String> tagList() {
    return Arrays.stream(tags.split(",")).map(String::strip).filter(tag -> !tag.isEmpty()).toList();
  }
}
