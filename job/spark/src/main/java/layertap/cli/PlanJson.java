package layertap.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.report.FirstRows;
import layertap.spark.JobPlan;
import layertap.spark.run.FeedLine;
import layertap.spark.run.PlanSummary;

/** A plan as JSON, for programs. What is not known is null. */
final class PlanJson {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final JobPlan job;
  private final PlanSummary plan;

  private PlanJson(JobPlan job) {
    this.job = job;
    this.plan = job.summary();
  }

  /** The text of a plan, which ends without a line break. */
  static String of(JobPlan job) {
    try {
      return JSON.writeValueAsString(new PlanJson(job).values());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain values have a JSON form", e);
    }
  }

  private Map<String, Object> values() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("model", job.config().model().path());
    json.put("fingerprint", plan.modelFingerprint());
    json.put("plan", plan.planFingerprint());
    json.put("engine", plan.engine());
    json.put("input", job.input());
    json.put("kept", job.kept());
    json.put("output", job.output());
    json.put("feeds", plan.feeds().stream().map(PlanJson::feed).toList());
    json.put("preprocessing", job.preprocessing());
    json.put("ranges", job.firstRows().ranges().stream().map(PlanJson::range).toList());
    json.put("features", plan.features().stream().map(PlanJson::feature).toList());
    json.put("ops", keptAndDropped(plan.keptOps(), plan.droppedOps()));
    json.put("variables", variables());
    json.put("memory", memory());
    json.put("gradients", plan.gradients().isAny() ? gradients() : null);
    List<String> warnings = new ArrayList<>(plan.warnings());
    warnings.addAll(job.firstRows().warnings());
    json.put("warnings", warnings);
    return json;
  }

  private static Map<String, Object> feed(FeedLine feed) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("feed", feed.target());
    json.put("column", feed.column());
    json.put("conversion", feed.conversion());
    json.put("range", feed.range());
    json.put("tensor", feed.tensor());
    return json;
  }

  private static Map<String, Object> range(FirstRows.FedRange range) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("feed", range.target());
    json.put("low", range.low());
    json.put("high", range.high());
    json.put("mean", range.mean());
    return json;
  }

  private static Map<String, Object> feature(PlanSummary.FeatureLine feature) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("column", feature.column());
    json.put("selector", feature.selector());
    json.put("tensor", feature.tensor());
    json.put("dtype", feature.dtype());
    json.put("shape", feature.shape());
    json.put("bytes", feature.bytes().isPresent() ? feature.bytes().getAsLong() : null);
    return json;
  }

  private static Map<String, Object> keptAndDropped(long kept, long dropped) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("kept", kept);
    json.put("dropped", dropped);
    return json;
  }

  private Map<String, Object> variables() {
    Map<String, Object> json = keptAndDropped(plan.keptVariables(), plan.droppedVariables());
    json.put("bytes", plan.variableBytes());
    json.put("requests", plan.readRequests());
    json.put("read-bytes", plan.readBytes());
    json.put("index-bytes", plan.indexBytes());
    return json;
  }

  private Map<String, Object> memory() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("batch-rows", plan.batch().rows());
    json.put("batch-bytes", plan.batch().bytes());
    json.put("opening-bytes", plan.openingBytes());
    json.put("tasks", plan.executorMemory().tasks());
    json.put("executor-heap-bytes", plan.executorMemory().heap());
    json.put("executor-overhead-bytes", plan.executorMemory().overhead());
    json.put("trial-bytes", plan.trialBytes());
    json.put("driver-overhead-bytes", plan.driverOverhead());
    return json;
  }

  private Map<String, Object> gradients() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("ops", plan.gradients().ops());
    json.put("bytes-per-row", plan.gradients().bytesPerRow());
    json.put("passes", plan.gradients().passes());
    return json;
  }
}
