package layertap.spark;

import java.util.LinkedHashMap;
import java.util.Map;
import layertap.spark.featurizer.Featurizer;
import layertap.spark.featurizer.FeaturizerSettings;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Adds the activations of a model's layers to a DataFrame, batch or stream, as columns of the types
 * and with the metadata that a job's files have. All columns of the DataFrame stay; one that has
 * the name of a feature is an error. A row's features depend on nothing but the row.
 *
 * <pre>
 *   new LayerFeaturizer()
 *       .setModel("models/mobilenet_v2")
 *       .setFeeds("{ input = input_1, column = content, image { preprocessing = mobilenet_v2 } }")
 *       .setFeatures("[out_relu, { layer = Conv_1, pool = avg, as = vector, column = embedding }]")
 *       .transform(photos)
 * </pre>
 *
 * <p>Parameters are texts in the words of the configuration: HOCON or JSON if they begin with a
 * bracket or a quotation mark or are a number, else the value itself. What is not set is as {@code
 * config} says, else the configuration's default.
 *
 * <p>Not thread-safe while it is set; afterwards it is. Messages of what cannot be done are {@link
 * layertap.failure.LayertapException}.
 */
public final class LayerFeaturizer extends Transformer implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final Param<String> config;
  private final Param<String> model;
  private final Param<String> tags;
  private final Param<String> signature;
  private final Param<String> topology;
  private final Param<String> feeds;
  private final Param<String> features;
  private final Param<String> onInvalid;
  private final IntParam batchSize;

  /** A transformer with a random name. */
  public LayerFeaturizer() {
    this(Identifiable$.MODULE$.randomUID("layerFeaturizer"));
  }

  /** A transformer with a name. */
  public LayerFeaturizer(String uid) {
    this.uid = uid;
    config = text("config", "file of a configuration; its input and output are ignored");
    model = text("model", "directory of the SavedModel");
    tags = text("tags", "tags of the MetaGraph, [serve] by default");
    signature = text("signature", "key of the SignatureDef, serving_default by default");
    topology = text("topology", ".keras archive or model JSON that names layers");
    feeds = text("feeds", "what goes into the model from which column");
    features = text("features", "what to tap: selectors, or objects with options");
    onInvalid = text("onInvalid", "what happens to an invalid row: error, skip or keep");
    batchSize =
        new IntParam(
            this, "batchSize", "rows that go through the model at once; unset: as is fastest");
  }

  private Param<String> text(String name, String doc) {
    return new Param<>(uid, name, doc, String.class);
  }

  @Override
  public String uid() {
    return uid;
  }

  /** Path of a configuration's file, on any file system that Spark reads. */
  public Param<String> config() {
    return config;
  }

  /** Path of the model. */
  public Param<String> model() {
    return model;
  }

  /** As {@code model.tags}. */
  public Param<String> tags() {
    return tags;
  }

  /** As {@code model.signature}. */
  public Param<String> signature() {
    return signature;
  }

  /** As {@code model.topology}. */
  public Param<String> topology() {
    return topology;
  }

  /** As {@code feeds}. */
  public Param<String> feeds() {
    return feeds;
  }

  /** As {@code features}. */
  public Param<String> features() {
    return features;
  }

  /** As {@code rows.on-invalid}. */
  public Param<String> onInvalid() {
    return onInvalid;
  }

  /** As {@code run.batch-size}. */
  public IntParam batchSize() {
    return batchSize;
  }

  public LayerFeaturizer setConfig(String value) {
    return with(config, value);
  }

  public LayerFeaturizer setModel(String value) {
    return with(model, value);
  }

  public LayerFeaturizer setTags(String value) {
    return with(tags, value);
  }

  public LayerFeaturizer setSignature(String value) {
    return with(signature, value);
  }

  public LayerFeaturizer setTopology(String value) {
    return with(topology, value);
  }

  public LayerFeaturizer setFeeds(String value) {
    return with(feeds, value);
  }

  public LayerFeaturizer setFeatures(String value) {
    return with(features, value);
  }

  public LayerFeaturizer setOnInvalid(String value) {
    return with(onInvalid, value);
  }

  /** Sets how many rows go through the model at once, 1 or more. */
  public LayerFeaturizer setBatchSize(int value) {
    set(batchSize, value);
    return this;
  }

  private LayerFeaturizer with(Param<String> param, String value) {
    set(param, value);
    return this;
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    return featurizer(dataset.sparkSession()).transform(dataset.toDF());
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return featurizer(SparkSession.active()).schema(schema);
  }

  private Featurizer featurizer(SparkSession spark) {
    Map<String, String> values = new LinkedHashMap<>();
    Map<String, Param<?>> keys = new LinkedHashMap<>();
    keys.put("model.path", model);
    keys.put("model.tags", tags);
    keys.put("model.signature", signature);
    keys.put("model.topology", topology);
    keys.put("feeds", feeds);
    keys.put("features", features);
    keys.put("rows.on-invalid", onInvalid);
    keys.put("run.batch-size", batchSize);
    keys.forEach(
        (key, param) -> {
          if (isDefined(param)) {
            values.put(key, String.valueOf(getOrDefault(param)));
          }
        });
    String file = isDefined(config) ? getOrDefault(config) : "";
    return Featurizer.of(spark, new FeaturizerSettings(file, values));
  }

  @Override
  public LayerFeaturizer copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** Reads what {@code write} and {@code save} wrote. */
  public static MLReader<LayerFeaturizer> read() {
    return new DefaultParamsReader<>();
  }

  /** Reads a transformer that was saved. */
  public static LayerFeaturizer load(String path) {
    return read().load(path);
  }
}
