package layertap.tensorflow;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Function;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.check.GraphCheck;
import layertap.graph.differentiate.value.ShapeInference;
import layertap.model.cut.RunnableGraph;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Asks TensorFlow for the shapes in graphs that are made of a model's. Reads no values of
 * variables.
 */
public final class NativeShapes implements ShapeInference {
  private static final String SHAPE = "shape";

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

  /**
   * The shapes for a batch of one row: an axis that joins rows and steps shows how many steps a row
   * has.
   *
   * @param graph as in {@link #shapesIn}
   */
  public Function<TensorId, TensorShape> shapesOfOneRow(GraphDef graph) {
    GraphDef.Builder copy = graph.toBuilder();
    for (NodeDef.Builder node : copy.getNodeBuilderList()) {
      if (Ops.isPlaceholder(node.build()) && node.containsAttr(SHAPE)) {
        TensorShapeProto shape = node.getAttrOrThrow(SHAPE).getShape();
        if (shape.getDimCount() > 0 && shape.getDim(0).getSize() == TensorShape.UNKNOWN) {
          TensorShapeProto.Builder one = shape.toBuilder();
          one.getDimBuilder(0).setSize(1);
          node.putAttr(SHAPE, AttrValue.newBuilder().setShape(one).build());
        }
      }
    }
    return shapesIn(copy.build());
  }
}
