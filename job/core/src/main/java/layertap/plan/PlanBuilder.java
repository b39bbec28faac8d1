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
import layertap.config.RunSettings;
import layertap.config.RunSettings.Optimization;
import layertap.failure.UserException;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.PlannedFeed;
import layertap.model.LoadedModel;
import layertap.model.cut.ModelCutter;
import layertap.model.cut.RunnableGraph;
import layertap.model.cut.ValueSizedTensors;
import layertap.model.feature.FeatureOps;
import layertap.model.feature.PlannedFeature;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.feed.FixedBatch;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.saved.ModelFiles;
import layertap.plan.ExtractionPlan.BatchRule;
import layertap.plan.precision.Precision;

/**
 * Makes the plan of an extraction from a configuration and the model's files; reads no rows. Not
 * thread-safe.
 */
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

    /** A warning if a self-check was asked for and none took place. */
    public Optional<String> missingCheck(RunSettings run) {
      return run.selfCheck() && !checked.isPresent()
          ? Optional.of("the self-check was left out, the model refuses all synthetic rows")
          : Optional.empty();
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
    Planned reduced(ExtractionPlan fewerBits) {
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
    FeedPlanner feeds = FeedPlanner.feed(config.feeds(), cutter);
    FeaturePlanner features = new FeaturePlanner(config.features(), cutter);
    RunnableGraph cut = cutter.build();
    List<PlannedFeed> plannedFeeds = feeds.feeds(cut);
    // By now what it looks at is read, but for the assets.
    String fingerprint = files.fingerprint();
    RunnableGraph shaped = features.differentiated(cut, plannedFeeds, trial);
    plannedFeeds.addAll(features.feeds());
    OptionalInt fixedBatch = FixedBatch.of(cut.feeds());
    FixedBatch.requireApart(fixedBatch, feeds.constants().keySet());
    Optional<String> whyAlone =
        fixedBatch.isPresent()
            ? Optional.empty()
            : ValueSizedTensors.whyRowsGoAlone(cut, source.graph());
    SequenceLengths lengths = new SequenceLengths(plannedFeeds, shaped.graph());
    FeatureOps featureOps = new FeatureOps(fixedBatch.orElse(FixedBatch.NONE));
    List<PlannedFeature> plannedFeatures = features.outputs(shaped, featureOps, lengths);
    List<String> warnings = new ArrayList<>(cutter.warnings());
    whyAlone.ifPresent(warnings::add);
    warnings.addAll(features.warnings());
    warnings.addAll(featureOps.warnings());
    warnings.addAll(feeds.warnings(cut));
    ExtractionPlan plan =
        new ExtractionPlan(
            shaped.with(lengths.with(featureOps.nodes())),
            plannedFeeds,
            plannedFeatures,
            lengths.usedBy(featureOps),
            whyAlone.isPresent() ? 1 : fixedBatch.orElse(unfixedBatchSize()),
            whyAlone
                .map(why -> BatchRule.ONE_ROW)
                .orElse(fixedBatch.isPresent() ? BatchRule.MODEL : unfixedBatchRule()),
            config.rows().nonFinite() == JobConfig.NonFinite.REFUSE,
            Precision.FLOAT32);
    PreprocessingPlan preprocessing =
        PreprocessingPlan.of(
            source,
            plannedFeeds,
            fixedBatch.orElse(FixedBatch.NONE),
            areFirstRowsRead ? Optional.of(() -> fedCutter(source)) : Optional.empty());
    warnings.addAll(preprocessing.warnings());
    return new Planned(
        plan,
        plan,
        plan,
        source.size(),
        fingerprint,
        feeds.neededConstants(),
        warnings,
        CheckedValues.NONE,
        preprocessing);
  }

  private int unfixedBatchSize() {
    return config.run().isBatchSizeAuto() ? ExtractionPlan.FIRST_BATCH : config.run().batchSize();
  }

  private BatchRule unfixedBatchRule() {
    return config.run().isBatchSizeAuto() ? BatchRule.AUTO : BatchRule.CONFIGURED;
  }

  /** Another cut with the same feeds, without taps yet. */
  private ModelCutter fedCutter(LoadedModel source) {
    ModelCutter cutter = new ModelCutter(source);
    FeedPlanner.feed(config.feeds(), cutter);
    return cutter;
  }

  private Optional<TopologyFile> topology() {
    String path = config.model().topology();
    return path.isEmpty()
        ? Optional.empty()
        : Optional.of(TopologyFile.parse(path, readFile.apply(path)));
  }
}
