package layertap.spark.read;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import layertap.config.JobConfig;
import layertap.report.Redaction;
import layertap.report.SqlLiterals;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/** Describes an input for the manifest, without the secrets that its options or paths may hold. */
public final class InputDescription {
  private InputDescription() {}

  public static Map<String, Object> of(JobConfig.Input input, SparkSession spark) {
    Map<String, Object> described = new LinkedHashMap<>();
    if (input.table().isEmpty()) {
      described.put("format", input.format());
      described.put("path", input.paths().stream().map(Redaction::of).toList());
    } else {
      described.put("table", input.table());
    }
    described.put("options", redacted(input.options(), spark));
    Map<String, String> select = new LinkedHashMap<>(input.select());
    select.replaceAll((column, expression) -> SqlLiterals.redact(expression));
    described.put("select", select);
    described.put("where", SqlLiterals.redact(input.where()));
    described.put("keep", input.keep());
    return described;
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
