package layertap.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import layertap.config.JobConfig;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.PlannedFeed;
import layertap.model.feature.FeatureOptions;
import layertap.model.feature.PlannedFeature;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.select.BatchAxis;
import layertap.report.PublishedManifest;
import layertap.report.Redaction;
import layertap.report.Version;
import layertap.tensorflow.TensorFlowRuntime;

/** Describes a plan in plain values, for the manifest and for its fingerprint. */
public final class PlanDescription {
  private final JobConfig config;
  private final PlanBuilder.Planned planned;

  public PlanDescription(JobConfig config, PlanBuilder.Planned planned) {
    this.config = config;
    this.planned = planned;
  }

  public Map<String, Object> model() {
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("path", Redaction.of(config.model().path()));
    model.put("fingerprint", planned.fingerprint());
    model.put("signature", config.model().signature());
    model.put("tags", config.model().tags());
    return model;
  }

  public List<Map<String, Object>> feeds() {
    List<Map<String, Object>> feeds = new ArrayList<>();
    for (PlannedFeed feed : planned.plan().feeds()) {
      Map<String, Object> described = new LinkedHashMap<>();
      described.put("target", feed.target().text());
      described.put("columns", feed.columns());
      described.put("conversion", feed.conversion().toString());
      described.put("dtype", Dtype.nameOf(feed.point().dtype()));
      described.put("shape", sizes(feed.rowShape()));
      feeds.add(described);
    }
    planned.constants().forEach((point, constant) -> feeds.add(described(point, constant)));
    return feeds;
  }

  private static Map<String, Object> described(
      FeedPlaceholder point, FeedConversion.Constant constant) {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("target", point.target().text());
    described.put("value", constant.value());
    described.put("dtype", Dtype.nameOf(point.dtype()));
    described.put("shape", sizes(point.shape()));
    return described;
  }

  /** With the shapes that rows have. */
  public List<Map<String, Object>> features() {
    return features(PlannedFeature::fullRowShape);
  }

  /** As plans were always compared: with the shapes that TensorFlow infers. */
  List<Map<String, Object>> comparedFeatures() {
    return features(PlannedFeature::rowShape);
  }

  private List<Map<String, Object>> features(Function<PlannedFeature, TensorShape> shape) {
    List<Map<String, Object>> features = new ArrayList<>();
    for (PlannedFeature feature : planned.plan().features()) {
      FeatureOptions form = feature.form();
      Map<String, Object> described = new LinkedHashMap<>();
      described.put("column", feature.column());
      described.put("selector", feature.selector());
      described.put("layer", feature.layer());
      described.put("tensor", feature.tensor().toString());
      described.put("dtype", Dtype.nameOf(feature.tap().dtype()));
      described.put("shape", sizes(shape.apply(feature)));
      described.put("pool", word(form.pool()));
      described.put("normalize", word(form.normalization()));
      described.put("as", word(form.layout()));
      described.put("store", word(form.store()));
      if (feature.isGradient()) {
        described.put("gradient", feature.gradient().target().described());
      }
      BatchAxis batchAxis = feature.tap().tap().batchAxis();
      if (batchAxis.isConfigured()) {
        described.put("batch-axis", batchAxis.text());
      }
      features.add(described);
    }
    return features;
  }

  public Map<String, Object> versions(String spark) {
    Map<String, Object> versions = new LinkedHashMap<>();
    versions.put("layertap", Version.current());
    versions.put("spark", spark);
    versions.put("tensorflow", TensorFlowRuntime.version());
    versions.put("java", System.getProperty("java.version"));
    versions.put("engine", engine());
    return versions;
  }

  /** With which settings TensorFlow runs the plan's graph in this process. */
  public Map<String, Object> engine() {
    Map<String, Object> engine = new LinkedHashMap<>(TensorFlowRuntime.settings().described());
    engine.put("graph", planned.isOptimized() ? PublishedManifest.FAST : "exact");
    engine.put("precision", planned.plan().precision().text());
    return engine;
  }

  /** Of whatever changes a value: equal plans give equal features. */
  public PlanFingerprint fingerprint() {
    return new PlanFingerprint(config, planned, this);
  }

  /** As the columns' metadata has it: -1 is an open size; null if the rank is open. */
  private static List<Long> sizes(TensorShape shape) {
    return shape.isRankKnown() ? shape.sizes() : null;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
