package layertap.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import layertap.config.JobConfig;
import layertap.config.RunSettings.Optimization;
import layertap.failure.UserException;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.PlannedFeed;
import layertap.model.LoadedModel;
import layertap.model.cut.ModelCutter;
import layertap.model.cut.RunnableGraph;
import layertap.model.feature.FeatureOps;
import layertap.model.feature.PlannedFeature;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.feed.FixedBatch;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.saved.ModelFiles;
import layertap.plan.ExtractionPlan.BatchRule;
import layertap.plan.precision.Precision;

/** Makes the plan of an extraction from a configuration and the model's files; reads no rows. */
public final class PlanBuilder {
  private final JobConfig config;
  private final ModelFiles files;
  private final Function<String, byte[]> readFile;
  private boolean areFirstRowsRead = true;

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

  /** Leaves out what the first rows would be compared with. */
  public PlanBuilder withoutFirstRows() {
    areFirstRowsRead = false;
    return this;
  }

  /**
   * A plan with what else there is to say of it.
   *
   * @param exact the plan with the model's own ops
   * @param inFloat32 the same, or the plan whose graph was rewritten for speed
   * @param plan that is run: the same, or the one that computes in fewer bits
   * @param whole how large the model is from which it takes a part
   * @param fingerprint of the model
   * @param constants feeds that take one value for all rows, with the value, if a feature needs it
   * @param warnings for the user
   * @param checked what executors compare their values with
   * @param preprocessing what is known of it before rows are read
   */
  public record Planned(
      ExtractionPlan exact,
      ExtractionPlan inFloat32,
      ExtractionPlan plan,
      LoadedModel.Size whole,
      String fingerprint,
      Map<FeedPlaceholder, FeedConversion.Constant> constants,
      List<String> warnings,
      CheckedValues checked,
      PreprocessingPlan preprocessing) {
    public Planned {
      constants = Collections.unmodifiableMap(new LinkedHashMap<>(constants));
      warnings = List.copyOf(warnings);
    }

    /** Whether the graph that is run was rewritten for speed. */
    public boolean isOptimized() {
      return inFloat32 != exact;
    }

    /** The same with a plan whose graph was rewritten for speed, unless it is the same plan. */
    Planned optimized(ExtractionPlan faster) {
      return with(faster, faster, warnings, checked);
    }

    /** The same with a plan that computes in fewer bits. */
    Planned in(ExtractionPlan fewerBits) {
      return with(inFloat32, fewerBits, warnings, checked);
    }

    Planned warning(String added) {
      return with(inFloat32, plan, and(List.of(added)), checked);
    }

    /** The same with the outcome of a self-check, and what it warns of. */
    public Planned with(CheckedValues outcome) {
      return with(inFloat32, plan, and(outcome.warnings()), outcome);
    }

    private List<String> and(List<String> further) {
      return Stream.concat(warnings.stream(), further.stream()).toList();
    }

    private Planned with(
        ExtractionPlan full, ExtractionPlan run, List<String> said, CheckedValues outcome) {
      return new Planned(
          exact, full, run, whole, fingerprint, constants, said, outcome, preprocessing);
    }
  }

  /**
   * Plans.
   *
   * @param trial infers the shapes of the taps
   * @throws UserException if the model cannot do what is asked
   */
  public Planned build(ModelTrial trial) {
    LoadedModel source = load();
    Planned exact = build(source, new ModelCutter(source), trial);
    return precision().untried(isFast() ? OptimizedPlan.unchecked(exact) : exact);
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
      Planned checked = planned.with(trial.check(planned.plan(), cutter.original()));
      return precision().of(isFast() ? OptimizedPlan.of(checked, trial) : checked, trial);
    }
    Planned unchecked =
        precision().unchecked(isFast() ? OptimizedPlan.unchecked(planned) : planned);
    if (config.run().trialSeconds() > 0) {
      trial.run(unchecked.plan());
    }
    return unchecked;
  }

  private ReducedPrecision precision() {
    return new ReducedPrecision(config.run());
  }

  private boolean isFast() {
    return config.run().optimize() != Optimization.EXACT;
  }

  private LoadedModel load() {
    return LoadedModel.load(files, config.model().tags(), config.model().signature(), topology());
  }

  private Planned build(LoadedModel source, ModelCutter cutter, ModelTrial trial) {
    Map<JobConfig.Feed, FeedPlaceholder> points = new LinkedHashMap<>();
    Map<FeedPlaceholder, FeedConversion.Constant> constants = new LinkedHashMap<>();
    for (JobConfig.Feed feed : config.feeds()) {
      if (feed.conversion() instanceof FeedConversion.Constant constant) {
        FeedPlaceholder point = cutter.feedConstant(feed.target());
        points.put(feed, point);
        cutter.fix(point, constant.tensor(point).toProto());
        constants.put(point, constant);
      } else {
        points.put(feed, cutter.feed(feed.target()));
      }
    }
    FeaturePlanner features = new FeaturePlanner(config.features(), cutter);
    RunnableGraph cut = cutter.build();
    List<PlannedFeed> bindings = bindings(points, cut);
    // By now what it looks at is read, but for the assets.
    String fingerprint = files.fingerprint();
    RunnableGraph shaped = features.differentiated(cut.withTapShapes(trial.tapShapes(cut)), trial);
    bindings.addAll(features.feeds());
    OptionalInt fixedBatch = FixedBatch.of(cut.feeds());
    FixedBatch.requireApart(fixedBatch, constants.keySet());
    SequenceLengths lengths = new SequenceLengths(bindings, shaped.graph());
    FeatureOps tails = new FeatureOps(fixedBatch.orElse(FixedBatch.NONE));
    List<PlannedFeature> outputs = features.outputs(shaped, tails, lengths);
    constants.keySet().retainAll(cutter.neededConstants());
    List<String> warnings = new ArrayList<>(cutter.warnings());
    warnings.addAll(features.warnings());
    warnings.addAll(tails.warnings());
    points.forEach(
        (feed, point) -> {
          if (!cut.feeds().contains(point) && !constants.containsKey(point)) {
            warnings.add("no feature needs the feed " + feed.target().text() + "; it is not read");
          }
        });
    ExtractionPlan plan =
        new ExtractionPlan(
            shaped.with(lengths.with(tails.nodes())),
            bindings,
            outputs,
            lengths.usedBy(tails),
            fixedBatch.orElse(
                config.run().isBatchSizeAuto()
                    ? ExtractionPlan.FIRST_BATCH
                    : config.run().batchSize()),
            BatchRule.of(fixedBatch.isPresent(), config.run().isBatchSizeAuto()),
            config.rows().nonFinite() == JobConfig.NonFinite.REFUSE,
            Precision.FLOAT32);
    PreprocessingPlan preprocessing =
        PreprocessingPlan.of(
            source,
            bindings,
            fixedBatch.orElse(FixedBatch.NONE),
            areFirstRowsRead
                ? Optional.of(() -> FedCutter.of(source, config.feeds()))
                : Optional.empty());
    warnings.addAll(preprocessing.warnings());
    return new Planned(
        plan,
        plan,
        plan,
        source.size(),
        fingerprint,
        constants,
        warnings,
        CheckedValues.NONE,
        preprocessing);
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
}
