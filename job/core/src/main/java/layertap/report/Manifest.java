package layertap.report;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a finished run says of itself, for people and programs that come later.
 *
 * @param runId unique
 * @param created when the run ended
 * @param model path, fingerprint, signature and tags
 * @param input where rows came from, without secrets
 * @param planFingerprint of model, signature, feeds and features
 * @param feeds as configured, each with what it fills
 * @param features as configured, each with the tensor behind it
 * @param versions of layertap, Spark, TensorFlow
 * @param sessionOpens how often an executor opened the model
 * @param batches runs of the model
 * @param batchSizes how many rows a batch had at most; several where executors found others the
 *     fastest
 * @param times of all tasks
 * @param seconds from the start of the job to publication
 * @param cores on which tasks could run, the most that there were at once
 * @param columns of the output, each with its type
 * @param partitionBy columns by whose values the output is split into folders
 * @param isComplete whether all rows of the input are there; else resuming goes on
 * @param files of the output, from this run
 * @param earlier runs whose files are in the output too
 */
public record Manifest(
    String runId,
    Instant created,
    Map<String, Object> model,
    Map<String, Object> input,
    String planFingerprint,
    List<Map<String, Object>> feeds,
    List<Map<String, Object>> features,
    Map<String, Object> versions,
    RowCounts rows,
    int sessionOpens,
    long batches,
    List<Integer> batchSizes,
    TaskTimes times,
    double seconds,
    int cores,
    List<String> invalidSamples,
    List<String> columns,
    List<String> partitionBy,
    boolean isComplete,
    List<WrittenFile> files,
    List<PublishedRun> earlier) {
  public Manifest {
    model = Collections.unmodifiableMap(new LinkedHashMap<>(model));
    input = Collections.unmodifiableMap(new LinkedHashMap<>(input));
    versions = Collections.unmodifiableMap(new LinkedHashMap<>(versions));
    feeds = List.copyOf(feeds);
    features = List.copyOf(features);
    batchSizes = List.copyOf(batchSizes);
    invalidSamples = List.copyOf(invalidSamples);
    columns = List.copyOf(columns);
    partitionBy = List.copyOf(partitionBy);
    files = List.copyOf(files);
    earlier = List.copyOf(earlier);
  }

  public double rowsPerSecond() {
    return seconds > 0 ? rows.read() / seconds : 0;
  }
}
