package layertap.graph.differentiate.value;

import java.util.function.Function;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.GraphDef;

/** Tells the shapes of tensors before a run, as far as they follow from a graph. */
@FunctionalInterface
public interface ShapeInference {
  /** Knows of no shape. */
  ShapeInference NONE = graph -> tensor -> TensorShape.unknown();

  /**
   * The shapes of the tensors of a graph.
   *
   * @param graph frozen; constants that stand for variables may lack their values
   * @return for each tensor of the graph its shape, of unknown rank if nothing is known
   */
  Function<TensorId, TensorShape> shapesIn(GraphDef graph);
}
