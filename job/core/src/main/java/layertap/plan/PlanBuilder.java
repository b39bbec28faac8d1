package layertap.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import layertap.config.JobConfig;
import layertap.config.JobConfig.NonFinite;
import layertap.failure.ModelException;
import layertap.input.feed.FeedBinding;
import layertap.model.SourceModel;
import layertap.model.cut.TapPoint;
import layertap.model.cut.TruncatedModel;
import layertap.model.cut.Truncation;
import layertap.model.feature.FeatureOutput;
import layertap.model.feature.FeatureTails;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.saved.Fingerprint;
import layertap.model.saved.ModelFiles;
import layertap.model.select.FeedPoint;
import layertap.model.select.FixedBatch;
import layertap.model.select.Tap;
import layertap.tensorflow.ShapeProbe;
import layertap.tensorflow.TensorFlowRuntime;

/** Makes the plan of an extraction from a configuration and the model's files; reads no rows. */
public final class PlanBuilder {
  private final JobConfig config;
  private final ModelFiles files;
  private final Function<String, byte[]> readFile;

  /**
   * Plans one configuration.
   *
   * @param files of the model
   * @param readFile gives the bytes of a file that the configuration names
   */
  public PlanBuilder(JobConfig config, ModelFiles files, Function<String, byte[]> readFile) {
    this.config = config;
    this.files = files;
    this.readFile = readFile;
  }

  /**
   * A plan with what else there is to say of it.
   *
   * @param source the model that was cut
   * @param truncation how it was cut
   * @param fingerprint of the model
   * @param warnings for the user
   * @param checked what executors compare their values with
   */
  public record Planned(
      ExtractionPlan plan,
      SourceModel source,
      Truncation truncation,
      String fingerprint,
      List<String> warnings,
      CheckedValues checked) {
    /** The same with the outcome of a self-check. */
    public Planned with(CheckedValues outcome) {
      return new Planned(plan, source, truncation, fingerprint, warnings, outcome);
    }

    /** The model as it is, for a self-check. */
    public TruncatedModel original() {
      return truncation.original();
    }
  }

  /**
   * Plans.
   *
   * @throws ModelException if the model cannot do what is asked
   */
  public Planned build(int threadsPerTask) {
    SourceModel source =
        SourceModel.load(files, config.model().tags(), config.model().signature(), topology());
    String fingerprint = Fingerprint.of(files);
    Truncation truncation = new Truncation(source);
    Map<JobConfig.Feed, FeedPoint> points = new LinkedHashMap<>();
    config.feeds().forEach(feed -> points.put(feed, truncation.feed(feed.target())));
    List<List<Tap>> taps = new ArrayList<>();
    config.features().forEach(feature -> taps.add(truncation.tap(feature.selector())));
    TruncatedModel cut = truncation.build();
    List<FeedBinding> bindings = bindings(points, cut);
    TensorFlowRuntime.start(threadsPerTask);
    TruncatedModel shaped = ShapeProbe.infer(cut);
    OptionalInt fixedBatch = FixedBatch.of(cut.feeds());
    SequenceLengths lengths = new SequenceLengths(bindings, shaped.graph());
    FeatureTails tails = new FeatureTails(fixedBatch.orElse(FixedBatch.NONE));
    List<FeatureOutput> outputs = outputs(taps, shaped, tails, lengths);
    List<String> warnings = new ArrayList<>(truncation.warnings());
    warnings.addAll(tails.warnings());
    points.forEach(
        (feed, point) -> {
          if (!cut.feeds().contains(point)) {
            warnings.add("no feature needs the feed " + feed.target().text() + "; it is not read");
          }
        });
    return new Planned(
        new ExtractionPlan(
            shaped.with(lengths.with(tails.nodes())),
            bindings,
            outputs,
            lengths.usedBy(tails),
            fixedBatch.orElse(config.run().batchSize()),
            fixedBatch.isPresent(),
            config.rows().nonFinite() == NonFinite.REFUSE),
        source,
        truncation,
        fingerprint,
        warnings,
        CheckedValues.NONE);
  }

  private Optional<TopologyFile> topology() {
    String path = config.model().topology();
    return path.isEmpty()
        ? Optional.empty()
        : Optional.of(TopologyFile.parse(path, readFile.apply(path)));
  }

  private static List<FeedBinding> bindings(
      Map<JobConfig.Feed, FeedPoint> points, TruncatedModel cut) {
    List<FeedBinding> bindings = new ArrayList<>();
    points.forEach(
        (feed, point) -> {
          if (cut.feeds().contains(point)) {
            feed.conversion().rowShape(point);
            bindings.add(new FeedBinding(point, feed.columns(), feed.conversion()));
          }
        });
    return bindings;
  }

  private List<FeatureOutput> outputs(
      List<List<Tap>> taps, TruncatedModel shaped, FeatureTails tails, SequenceLengths lengths) {
    Map<Tap, TapPoint> points = new LinkedHashMap<>();
    shaped.taps().forEach(point -> points.put(point.tap(), point));
    List<FeatureOutput> outputs = new ArrayList<>();
    for (int i = 0; i < taps.size(); i++) {
      JobConfig.Feature feature = config.features().get(i);
      if (taps.get(i).size() > 1 && !feature.column().isEmpty()) {
        throw new ModelException(
            "cannot name the columns of '"
                + feature.selector().text()
                + "': it stands for "
                + taps.get(i).size()
                + " tensors and column is one name; leave column out");
      }
      for (Tap tap : taps.get(i)) {
        String column = feature.column().isEmpty() ? tap.columnName() : feature.column();
        TapPoint point = points.get(tap);
        outputs.add(tails.add(column, point, feature.form(), lengths.behind(point.fetch())));
      }
    }
    return outputs;
  }
}
