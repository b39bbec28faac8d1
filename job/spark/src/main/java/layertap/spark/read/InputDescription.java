package layertap.spark.read;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import layertap.checksum.Sha256;
import layertap.config.JobConfig;
import layertap.report.Redaction;
import layertap.report.SqlLiterals;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/** Describes an input for the manifest, without the secrets that its options or paths may hold. */
public final class InputDescription {
  private static final int IDENTITY_DIGITS = 16;

  private InputDescription() {}

  /**
   * The description.
   *
   * @param leftOut files that are no rows
   */
  public static Map<String, Object> of(
      JobConfig.Input input, LeftOutFiles leftOut, SparkSession spark) {
    Map<String, Object> described = new LinkedHashMap<>();
    if (input.table().isEmpty()) {
      described.put("format", input.format());
      described.put("path", input.paths().stream().map(Redaction::of).toList());
      if (input.isOfImageFiles()) {
        described.put("files-left-out", leftOut.count());
      }
    } else {
      described.put("table", input.table());
    }
    if (!input.schema().isEmpty()) {
      described.put("schema", input.schema());
    }
    described.put("options", redacted(input.options(), spark));
    Map<String, String> select = new LinkedHashMap<>(input.select());
    select.replaceAll((column, expression) -> SqlLiterals.redact(expression));
    described.put("select", select);
    described.put("where", SqlLiterals.redact(input.where()));
    described.put("keep", input.keep());
    described.put("time-zone", spark.sessionState().conf().sessionLocalTimeZone());
    return described;
  }

  /** Where rows come from, in words. */
  public static String source(JobConfig.Input input) {
    return input.table().isEmpty()
        ? "%s (%s)"
            .formatted(
                String.join(", ", input.paths().stream().map(Redaction::of).toList()),
                input.format())
        : "the table " + input.table();
  }

  /** The same for the same choice of rows: a source and what it is filtered by. */
  public static String identity(JobConfig.Input input) {
    List<Object> choice = List.of(input.format(), input.paths(), input.table(), input.where());
    return Sha256.hex(choice.toString()).substring(0, IDENTITY_DIGITS);
  }

  /** As Spark redacts options: by {@code spark.redaction.regex} and its own list. */
  private static Map<String, String> redacted(Map<String, String> options, SparkSession spark) {
    List<Tuple2<String, String>> pairs = new ArrayList<>();
    options.forEach((key, value) -> pairs.add(new Tuple2<>(key, value)));
    Map<String, String> redacted = new TreeMap<>();
    CollectionConverters.asJava(
            spark.sessionState().conf().redactOptions(CollectionConverters.asScala(pairs)))
        .forEach(pair -> redacted.put(pair._1(), pair._2()));
    // A query of JDBC is an option, too.
    redacted.replaceAll((key, value) -> SqlLiterals.redact(value));
    return redacted;
  }
}
