package layertap.cli.init;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import layertap.failure.UserException;
import layertap.hadoop.HadoopFiles;
import layertap.platform.SparkCommand;
import layertap.spark.source.InputDescriber;
import layertap.suggest.SuggestedConfiguration;
import layertap.suggest.feed.DescribedInput;
import layertap.suggest.feed.PixelAdvices;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a configuration to start from. */
@Command(
    name = "init",
    parameterListHeading = "%nOperands:%n",
    description =
        "Writes a configuration to start from, with a reason for each choice: what goes into MODEL"
            + " from INPUT, and which layers to try. Reads the model, the input's schema and one row.")
public final class InitCommand implements SparkCommand {
  private final PrintStream out;
  private final PrintStream log;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The SavedModel: a directory, or its URI (hdfs://…, s3a://…).")
  String model;

  @Parameters(
      index = "1",
      paramLabel = "INPUT",
      description =
          "The rows: a folder of images, files or a folder of Parquet, ORC, JSON, CSV or TFRecord, their"
              + " URI, or a table of Spark's catalogs.")
  String input;

  @Option(
      names = "--output",
      paramLabel = "F",
      description = "Writes to the new file F. Without it, prints.")
  String output = "";

  @Option(
      names = "--label",
      description = "Makes a column label of the names of the folders in which image files lie.")
  boolean isLabelled;

  @Option(
      names = "--signature",
      paramLabel = "S",
      description = "The signature (default: serving_default, or the only one).")
  String signature = "";

  @Option(
      names = "--tags",
      paramLabel = "T",
      description =
          "The tags of the graph, separated by commas (default: serve, or the only ones); '' for one"
              + " without tags.")
  String tags;

  @Option(
      names = "--topology",
      paramLabel = "F",
      description =
          "A .keras archive or the model's JSON, which names the layers that an export leaves out.")
  String topology = "";

  /**
   * Makes the command.
   *
   * @param out for the configuration
   * @param log for what else there is to say
   */
  public InitCommand(PrintStream out, PrintStream log) {
    this.out = out;
    this.log = log;
  }

  @Override
  public void run() {
    NamedModel named = NamedModel.read(model, tags, signature, topology);
    DescribedInput described = InputDescriber.describe(input);
    if (isLabelled && !described.format().equals(DescribedInput.IMAGE_FILES)) {
      throw new UserException(
          ("cannot make labels of %s: --label takes the names of folders of image files, and its"
                  + " rows are no such files; leave --label out, and name the column that holds"
                  + " labels in input.keep")
              .formatted(input));
    }
    SuggestedConfiguration suggested =
        SuggestedConfiguration.of(
            named.names(),
            named.model(),
            described,
            new PixelAdvices(named.model())::of,
            isLabelled,
            // Beside the configuration.
            output.substring(0, output.lastIndexOf('/') + 1));
    if (output.isEmpty()) {
      out.print(suggested.text());
    } else {
      HadoopFiles.writeNew(output, suggested.text().getBytes(StandardCharsets.UTF_8));
    }
    String written = output.isEmpty() ? "the configuration" : output;
    if (!suggested.questions().isEmpty()) {
      throw new UserException(
          "cannot complete %s: %s; answer the lines that begin with \"open:\" in it, then run plan"
              .formatted(written, String.join("; ", suggested.questions())));
    }
    if (!output.isEmpty()) {
      log.println("layertap: wrote %s; next: extract %s".formatted(output, output));
    }
  }
}
