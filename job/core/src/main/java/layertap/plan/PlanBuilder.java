package layertap.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import layertap.config.JobConfig;
import layertap.config.JobConfig.NonFinite;
import layertap.config.JobConfig.Optimization;
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
import layertap.model.saved.Fingerprint;
import layertap.model.saved.ModelFiles;
import layertap.plan.ExtractionPlan.BatchRule;

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
   * @param exact the plan with the model's own ops
   * @param plan that is run: the same, or one whose graph was rewritten for speed
   * @param whole how large the model is from which it takes a part
   * @param fingerprint of the model
   * @param constants feeds that take one value for all rows, with the value, if a feature needs it
   * @param warnings for the user
   * @param checked what executors compare their values with
   * @param preprocessing what is known of it before rows are read
   */
  public record Planned(
      ExtractionPlan exact,
      ExtractionPlan plan,
      ModelSize whole,
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
      return plan != exact;
    }

    /** The same with a plan whose graph was rewritten for speed, unless it is the same plan. */
    Planned optimized(ExtractionPlan faster) {
      return new Planned(
          exact, faster, whole, fingerprint, constants, warnings, checked, preprocessing);
    }

    Planned warning(String added) {
      List<String> all = new ArrayList<>(warnings);
      all.add(added);
      return new Planned(exact, plan, whole, fingerprint, constants, all, checked, preprocessing);
    }

    /** The same with the outcome of a self-check, and what it warns of. */
    public Planned with(CheckedValues outcome) {
      List<String> all = new ArrayList<>(warnings);
      all.addAll(outcome.warnings());
      return new Planned(exact, plan, whole, fingerprint, constants, all, outcome, preprocessing);
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
    Planned exact = build(source, new ModelCutter(source), trial);
    return isFast() ? OptimizedPlan.unchecked(exact) : exact;
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
      return isFast() ? OptimizedPlan.of(checked, trial) : checked;
    }
    Planned unchecked = isFast() ? OptimizedPlan.unchecked(planned) : planned;
    if (config.run().trialSeconds() > 0) {
      trial.run(unchecked.plan());
    }
    return unchecked;
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
    String fingerprint = Fingerprint.of(files);
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
            batchRule(fixedBatch),
            config.rows().nonFinite() == NonFinite.REFUSE);
    PreprocessingPlan preprocessing =
        PreprocessingPlan.of(
            source,
            bindings,
            fixedBatch.orElse(FixedBatch.NONE),
            () -> FedCutter.of(source, config.feeds()));
    warnings.addAll(preprocessing.warnings());
    return new Planned(
        plan,
        plan,
        new ModelSize(source.graph().size(), source.variableCount()),
        fingerprint,
        constants,
        warnings,
        CheckedValues.NONE,
        preprocessing);
  }

  private BatchRule batchRule(OptionalInt fixedBatch) {
    if (fixedBatch.isPresent()) {
      return BatchRule.MODEL;
    }
    return config.run().isBatchSizeAuto() ? BatchRule.AUTO : BatchRule.CONFIGURED;
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
