package layertap.tensorflow;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Function;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.check.GraphCheck;
import layertap.graph.differentiate.value.ShapeInference;
import layertap.model.cut.RunnableGraph;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.proto.GraphDef;

/**
 * Asks TensorFlow for the shapes in graphs that are made of a model's. Reads no values of
 * variables.
 */
public final class NativeShapes implements ShapeInference {
  private final RunnableGraph model;

  public NativeShapes(RunnableGraph model) {
    this.model = model;
  }

  @Override
  public Function<TensorId, TensorShape> shapesIn(GraphDef graph) {
    GraphCheck.check(graph, OpDefinitions.registered());
    Map<TensorId, TensorShape> shapes = new HashMap<>();
    try (Graph imported = GraphLoader.loadWithoutValues(model.with(graph))) {
      for (Iterator<GraphOperation> operations = imported.operations(); operations.hasNext(); ) {
        GraphOperation operation = operations.next();
        for (int i = 0; i < operation.numOutputs(); i++) {
          TensorId tensor = new TensorId(operation.name(), i);
          shapes.put(tensor, ShapeProbe.shapeOf(imported, tensor));
        }
      }
    }
    return tensor -> shapes.getOrDefault(tensor, TensorShape.unknown());
  }
}
