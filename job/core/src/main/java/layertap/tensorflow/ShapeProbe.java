package layertap.tensorflow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.fold.StepCounts;
import layertap.model.cut.RunnableGraph;
import layertap.model.cut.TapShape;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** Asks TensorFlow which shapes tensors will have. Reads no values of variables. */
public final class ShapeProbe {
  /** Loops behind each other whose steps are counted. */
  private static final int MOST_LOOPS = 20;

  private ShapeProbe() {}

  /** The model with the inferred shapes of its taps. */
  public static RunnableGraph infer(RunnableGraph model) {
    return model.withTapShapes(tapShapes(model));
  }

  /** The shapes of the taps of a model, in their order. */
  public static List<TapShape> tapShapes(RunnableGraph model) {
    List<TensorShape> inferred;
    Optional<RunnableGraph> noted;
    try (Graph graph = GraphLoader.loadWithoutValues(model)) {
      inferred = tapShapes(graph, model);
      noted = withStepCounts(graph, model);
    }
    List<TensorShape> full = inferred;
    // The steps of one loop are often those of the next one.
    for (int loops = 0; noted.isPresent() && loops < MOST_LOOPS; loops++) {
      try (Graph graph = GraphLoader.loadWithoutValues(noted.get())) {
        full = tapShapes(graph, model);
        noted = withStepCounts(graph, noted.get());
      } catch (UserException e) {
        // The graph contradicts itself where it never runs, so no number is certain.
        full = inferred;
        break;
      }
    }
    List<TapShape> shapes = new ArrayList<>();
    for (int i = 0; i < inferred.size(); i++) {
      shapes.add(new TapShape(inferred.get(i), full.get(i)));
    }
    return shapes;
  }

  private static List<TensorShape> tapShapes(Graph graph, RunnableGraph model) {
    return model.taps().stream().map(tap -> shapeOf(graph, tap.fetch())).toList();
  }

  private static Optional<RunnableGraph> withStepCounts(Graph graph, RunnableGraph model) {
    return StepCounts.note(model.graph(), tensor -> shapeOf(graph, tensor)).map(model::with);
  }

  /**
   * What a row takes in the largest activation.
   *
   * @param bytes as float32, of those whose shape is known
   * @param isCertain whether the shapes of all are
   */
  public record LargestRow(long bytes, boolean isCertain) {}

  /** What one row of a batch takes in the largest activation. */
  public static LargestRow largestRow(RunnableGraph model) {
    long largest = 0;
    boolean isCertain = true;
    try (Graph graph = GraphLoader.loadWithoutValues(model)) {
      for (Iterator<GraphOperation> operations = graph.operations(); operations.hasNext(); ) {
        GraphOperation operation = operations.next();
        for (int i = 0; i < operation.numOutputs(); i++) {
          TensorShape shape = shapeOf(graph, new TensorId(operation.name(), i));
          boolean hasBatch = shape.isRankKnown() && shape.sizes().indexOf(TensorShape.UNKNOWN) == 0;
          if (hasBatch && shape.withoutBatch().isFullyKnown()) {
            largest = Math.max(largest, shape.withoutBatch().elementCount() * Float.BYTES);
          } else if (i == 0 && (hasBatch || !shape.isRankKnown())) {
            // The others of some kernels hold what their gradients want.
            isCertain &= !isFloat(operation.output(i));
          }
        }
      }
    }
    return new LargestRow(largest, isCertain);
  }

  private static boolean isFloat(Output<?> output) {
    return output.dataType() == DataType.DT_FLOAT || output.dataType() == DataType.DT_DOUBLE;
  }

  static TensorShape shapeOf(Graph graph, TensorId tensor) {
    Output<?> output = graph.operation(tensor.node()).output(tensor.index());
    Shape shape = output.shape();
    return shape.isUnknown()
        ? TensorShape.unknown()
        : TensorShape.of(Arrays.stream(shape.asArray()).boxed().toList());
  }
}
