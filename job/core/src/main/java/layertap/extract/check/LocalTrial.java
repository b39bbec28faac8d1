package layertap.extract.check;

import java.util.List;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.inference.LimitedSessions;
import layertap.inference.SessionFactory;
import layertap.inference.TimeLimit;
import layertap.model.cut.RunnableGraph;
import layertap.model.cut.TapShape;
import layertap.model.gradient.DifferentiatedModel;
import layertap.model.gradient.GradientTarget;
import layertap.model.gradient.build.GradientGraph;
import layertap.model.saved.ModelFiles;
import layertap.plan.CheckedValues;
import layertap.plan.ExtractionPlan;
import layertap.plan.ModelTrial;
import layertap.plan.precision.PrecisionComparison;
import layertap.tensorflow.GradientBuilder;
import layertap.tensorflow.NativeShapes;
import layertap.tensorflow.ShapeProbe;
import layertap.tensorflow.TensorFlowRuntime;
import layertap.tensorflow.TensorFlowSessions;

/** Tries a model in this JVM. */
public final class LocalTrial implements ModelTrial {
  private final ModelFiles files;
  private final int threadsPerTask;
  private final SessionFactory sessions;

  /**
   * A trial of one model.
   *
   * @param threadsPerTask which one op may use, if TensorFlow is not yet started
   */
  public LocalTrial(ModelFiles files, int threadsPerTask) {
    this(files, threadsPerTask, TimeLimit.NONE);
  }

  /**
   * A trial whose batches have a time limit.
   *
   * @param threadsPerTask which one op may use, if TensorFlow is not yet started
   */
  public LocalTrial(ModelFiles files, int threadsPerTask, TimeLimit limit) {
    this.files = files;
    this.threadsPerTask = threadsPerTask;
    this.sessions = new LimitedSessions(new TensorFlowSessions(), limit);
  }

  @Override
  public List<TapShape> tapShapes(RunnableGraph cut) {
    TensorFlowRuntime.start(threadsPerTask);
    return ShapeProbe.tapShapes(cut);
  }

  @Override
  public DifferentiatedModel differentiated(
      RunnableGraph model,
      List<TensorShape> rows,
      List<GradientTarget> targets,
      List<TensorId> classes) {
    TensorFlowRuntime.start(threadsPerTask);
    try {
      return differentiated(model, targets, classes);
    } catch (UserException e) {
      RunnableGraph taking = model.takingRows(rows);
      if (taking == model) {
        throw e;
      }
      return differentiated(taking, targets, classes);
    }
  }

  private static DifferentiatedModel differentiated(
      RunnableGraph model, List<GradientTarget> targets, List<TensorId> classes) {
    return new GradientGraph(model, targets, classes, new NativeShapes(model), GradientBuilder::add)
        .differentiated();
  }

  @Override
  public CheckedValues check(ExtractionPlan plan, RunnableGraph reference) {
    TensorFlowRuntime.start(threadsPerTask);
    return new SelfCheck(plan, files, sessions).run(reference);
  }

  @Override
  public List<Integer> deviating(ExtractionPlan other, CheckedValues exact) {
    TensorFlowRuntime.start(threadsPerTask);
    return new OptimizationCheck(other, files, new TensorFlowSessions()).deviating(exact);
  }

  @Override
  public PrecisionComparison compared(
      ExtractionPlan reduced, ExtractionPlan full, CheckedValues exact, boolean isTimed) {
    TensorFlowRuntime.start(threadsPerTask);
    return new OptimizationCheck(reduced, files, new TensorFlowSessions())
        .compared(full, exact, isTimed);
  }

  @Override
  public void run(ExtractionPlan plan) {
    TensorFlowRuntime.start(threadsPerTask);
    new SelfCheck(plan, files, sessions).runUnchecked();
  }

  @Override
  public void close() {
    // Holds nothing open.
  }
}
