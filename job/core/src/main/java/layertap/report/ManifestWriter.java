package layertap.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.LinkedHashMap;
import java.util.Map;
import layertap.failure.Printable;

/** Writes a manifest as JSON, format 1; {@link PublishedManifest} reads it. */
public final class ManifestWriter {
  /** Name of the manifest's file in an output. */
  public static final String FILE = "_layertap.json";

  static final int FORMAT = 1;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private ManifestWriter() {}

  /** The text of the file. */
  public static String toJson(Manifest manifest) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("format", FORMAT);
    json.put("complete", manifest.isComplete());
    json.put("run", manifest.runId());
    json.put("created", manifest.created().toString());
    json.put("model", manifest.model());
    json.put("input", manifest.input());
    json.put("plan", manifest.planFingerprint());
    json.put("plan-rule", FingerprintRule.CURRENT);
    json.put("feeds", manifest.feeds());
    json.put("features", manifest.features());
    json.put("versions", manifest.versions());
    json.put("rows", manifest.rows());
    json.put("seconds", rounded(manifest.seconds()));
    json.put("rows-per-second", rounded(manifest.rowsPerSecond()));
    json.put("cores", manifest.cores());
    json.put("rows-per-second-per-core", rounded(manifest.rowsPerSecond() / manifest.cores()));
    json.put("task-seconds", parts(manifest.times(), NANOS_PER_SECOND));
    json.put(
        "task-shares", parts(manifest.times(), (double) Math.max(1, manifest.times().total())));
    json.put("batches", manifest.batches());
    json.put("batch-sizes", manifest.batchSizes());
    json.put("session-opens", manifest.sessionOpens());
    json.put(
        "invalid-samples",
        manifest.invalidSamples().stream().map(Redaction::of).map(Printable::line).toList());
    json.put("columns", manifest.columns());
    json.put("partition-by", manifest.partitionBy());
    json.put("files", manifest.files());
    json.put("earlier", manifest.earlier());
    try {
      return JSON.writeValueAsString(json) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest of plain values has a JSON form", e);
    }
  }

  /** The parts of the tasks' time, each over a unit. */
  private static Map<String, Double> parts(TaskTimes times, double unit) {
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("read", rounded(times.read() / unit));
    parts.put("open", rounded(times.open() / unit));
    parts.put("decode", rounded(times.decode() / unit));
    parts.put("inference", rounded(times.inference() / unit));
    parts.put("write", rounded(times.write() / unit));
    return parts;
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
