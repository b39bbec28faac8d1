package layertap.spark.trial;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.cut.RunnableGraph;
import layertap.model.cut.TapShape;
import layertap.model.gradient.DifferentiatedModel;
import layertap.model.gradient.GradientTarget;
import layertap.plan.CheckedValues;
import layertap.plan.ExtractionPlan;
import layertap.plan.ModelTrial;
import layertap.plan.precision.PrecisionComparison;

/**
 * What a {@link ChildTrial} sends to its process: a setup, then questions, each of which has one
 * answer.
 */
sealed interface TrialMessage extends Serializable {
  /**
   * What the process needs for all questions.
   *
   * @param modelPath as the configuration names it
   * @param seconds that the answers may take
   * @param properties of this JVM that the process takes over
   */
  record Setup(String modelPath, int seconds, int threadsPerTask, Map<String, String> properties)
      implements TrialMessage {
    public Setup {
      properties = Map.copyOf(properties);
    }
  }

  /**
   * Something to ask.
   *
   * @param <A> kind of answer, which can be serialised
   */
  sealed interface Question<A> extends TrialMessage {
    A ask(ModelTrial trial);
  }

  /** What is known of the shapes of the taps of a model. */
  record TapShapes(RunnableGraph cut) implements Question<List<TapShape>> {
    @Override
    public List<TapShape> ask(ModelTrial trial) {
      return trial.tapShapes(cut);
    }
  }

  /** A model with derivatives. */
  record Differentiated(
      RunnableGraph model,
      List<TensorShape> rows,
      List<GradientTarget> targets,
      List<TensorId> classes)
      implements Question<DifferentiatedModel> {
    @Override
    public DifferentiatedModel ask(ModelTrial trial) {
      return trial.differentiated(model, rows, targets, classes);
    }
  }

  /** Whether a plan computes what the whole model does. */
  record Check(ExtractionPlan plan, RunnableGraph reference) implements Question<CheckedValues> {
    @Override
    public CheckedValues ask(ModelTrial trial) {
      return trial.check(plan, reference);
    }
  }

  /** Which features a plan computes too differently from another one. */
  record Deviating(ExtractionPlan plan, CheckedValues exact) implements Question<List<Integer>> {
    @Override
    public List<Integer> ask(ModelTrial trial) {
      return trial.deviating(plan, exact);
    }
  }

  /** How close a plan in fewer bits comes, and how fast. */
  record Compared(ExtractionPlan reduced, ExtractionPlan full, CheckedValues exact, boolean isTimed)
      implements Question<PrecisionComparison> {
    @Override
    public PrecisionComparison ask(ModelTrial trial) {
      return trial.compared(reduced, full, exact, isTimed);
    }
  }

  /** Whether a plan can be run. */
  record Run(ExtractionPlan plan) implements Question<CheckedValues> {
    @Override
    public CheckedValues ask(ModelTrial trial) {
      trial.run(plan);
      return CheckedValues.NONE;
    }
  }
}
