package layertap.tensorflow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.cut.CutTap;
import layertap.model.cut.RunnableGraph;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;

/** Asks TensorFlow which shapes tensors will have. Reads no values of variables. */
public final class ShapeProbe {
  private ShapeProbe() {}

  /** The model with the inferred shapes of its taps. */
  public static RunnableGraph infer(RunnableGraph model) {
    try (Graph graph = GraphLoader.loadWithoutValues(model)) {
      List<CutTap> taps = new ArrayList<>();
      for (CutTap tap : model.taps()) {
        taps.add(tap.withShape(shapeOf(graph, tap.fetch())));
      }
      return model.withTaps(taps);
    }
  }

  /** Bytes that one row of a batch takes in the largest activation of known shape, as float32. */
  public static long largestRowBytes(RunnableGraph model) {
    long largest = 0;
    try (Graph graph = GraphLoader.loadWithoutValues(model)) {
      for (Iterator<GraphOperation> operations = graph.operations(); operations.hasNext(); ) {
        GraphOperation operation = operations.next();
        for (int i = 0; i < operation.numOutputs(); i++) {
          TensorShape shape = shapeOf(graph, new TensorId(operation.name(), i));
          boolean hasBatch = shape.isRankKnown() && shape.sizes().indexOf(TensorShape.UNKNOWN) == 0;
          if (hasBatch && shape.withoutBatch().isFullyKnown()) {
            largest = Math.max(largest, shape.withoutBatch().elementCount() * Float.BYTES);
          }
        }
      }
    }
    return largest;
  }

  static TensorShape shapeOf(Graph graph, TensorId tensor) {
    Output<?> output = graph.operation(tensor.node()).output(tensor.index());
    Shape shape = output.shape();
    return shape.isUnknown()
        ? TensorShape.unknown()
        : TensorShape.of(Arrays.stream(shape.asArray()).boxed().toList());
  }
}
