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
import layertap.failure.UserException;
import layertap.input.feed.PlannedFeed;
import layertap.model.LoadedModel;
import layertap.model.cut.CutTap;
import layertap.model.cut.ModelCutter;
import layertap.model.cut.RunnableGraph;
import layertap.model.feature.FeatureOps;
import layertap.model.feature.PlannedFeature;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.saved.Fingerprint;
import layertap.model.saved.ModelFiles;
import layertap.model.select.FeedPlaceholder;
import layertap.model.select.FixedBatch;
import layertap.model.select.Tap;

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
   * @param whole how large the model is from which it takes a part
   * @param fingerprint of the model
   * @param warnings for the user
   * @param checked what executors compare their values with
   */
  public record Planned(
      ExtractionPlan plan,
      ModelSize whole,
      String fingerprint,
      List<String> warnings,
      CheckedValues checked) {
    public Planned {
      warnings = List.copyOf(warnings);
    }

    /** The same with the outcome of a self-check. */
    public Planned with(CheckedValues outcome) {
      return new Planned(plan, whole, fingerprint, warnings, outcome);
    }
  }

  /**
   * How large a model is.
   *
   * @param ops of its signature's graph, functions inlined
   * @param variables among them
   */
  public record ModelSize(long ops, long variables) {}

  /**
   * Plans.
   *
   * @param trial infers the shapes of the taps
   * @throws UserException if the model cannot do what is asked
   */
  public Planned build(ModelTrial trial) {
    LoadedModel source = load();
    return build(source, new ModelCutter(source), trial);
  }

  /**
   * Plans, and runs synthetic rows as the configuration says.
   *
   * @return the plan with what executors compare their values with
   * @throws UserException if the model cannot do what is asked, or the self-check fails
   */
  public Planned buildTried(ModelTrial trial) {
    LoadedModel source = load();
    ModelCutter cutter = new ModelCutter(source);
    Planned planned = build(source, cutter, trial);
    if (config.run().selfCheck()) {
      return planned.with(trial.check(planned.plan(), cutter.original()));
    }
    if (config.run().trialSeconds() > 0) {
      trial.run(planned.plan());
    }
    return planned;
  }

  private LoadedModel load() {
    return LoadedModel.load(files, config.model().tags(), config.model().signature(), topology());
  }

  private Planned build(LoadedModel source, ModelCutter cutter, ModelTrial trial) {
    Map<JobConfig.Feed, FeedPlaceholder> points = new LinkedHashMap<>();
    config.feeds().forEach(feed -> points.put(feed, cutter.feed(feed.target())));
    List<List<Tap>> taps = new ArrayList<>();
    config
        .features()
        .forEach(feature -> taps.add(cutter.tap(feature.selector(), feature.batchAxis())));
    RunnableGraph cut = cutter.build();
    List<PlannedFeed> bindings = bindings(points, cut);
    // By now what it looks at is read, but for the assets.
    String fingerprint = Fingerprint.of(files);
    RunnableGraph shaped = cut.withTapShapes(trial.tapShapes(cut));
    OptionalInt fixedBatch = FixedBatch.of(cut.feeds());
    SequenceLengths lengths = new SequenceLengths(bindings, shaped.graph());
    FeatureOps tails = new FeatureOps(fixedBatch.orElse(FixedBatch.NONE));
    List<PlannedFeature> outputs = outputs(taps, shaped, tails, lengths);
    List<String> warnings = new ArrayList<>(cutter.warnings());
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
        new ModelSize(source.graph().size(), source.variableCount()),
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

  private static List<PlannedFeed> bindings(
      Map<JobConfig.Feed, FeedPlaceholder> points, RunnableGraph cut) {
    List<PlannedFeed> bindings = new ArrayList<>();
    points.forEach(
        (feed, point) -> {
          if (cut.feeds().contains(point)) {
            bindings.add(PlannedFeed.of(point, feed.columns(), feed.conversion()));
          }
        });
    return bindings;
  }

  private List<PlannedFeature> outputs(
      List<List<Tap>> taps, RunnableGraph shaped, FeatureOps tails, SequenceLengths lengths) {
    Map<Tap, CutTap> points = new LinkedHashMap<>();
    shaped.taps().forEach(point -> points.put(point.tap(), point));
    List<PlannedFeature> outputs = new ArrayList<>();
    for (int i = 0; i < taps.size(); i++) {
      JobConfig.Feature feature = config.features().get(i);
      if (taps.get(i).size() > 1 && !feature.column().isEmpty()) {
        throw new UserException(
            ("cannot name the columns of '%s': it stands for %s tensors and column is one "
                    + "name; leave column out")
                .formatted(feature.selector().text(), taps.get(i).size()));
      }
      for (Tap tap : taps.get(i)) {
        String column = feature.column().isEmpty() ? tap.columnName() : feature.column();
        CutTap point = points.get(tap);
        outputs.add(tails.add(column, point, feature.form(), lengths.behind(point.fetch())));
      }
    }
    return outputs;
  }
}
