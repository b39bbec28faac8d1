package layertap.model.saved;

import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import org.tensorflow.proto.NodeDef;

/**
 * A model that was compiled before it was exported: Keras 3 with the JAX or torch backend writes
 * what it computes as one op, XlaCallModule, which holds a program of XLA. Nothing in it bears the
 * name of a layer.
 */
public final class CompiledGraph {
  private static final String OP = "XlaCallModule";
  private static final String JAX_SCOPE = "jax2tf_";

  /** Why layers are not found in such a graph, as a part of a sentence. */
  public static final String REASON =
      "the export holds what the model computes as one compiled op (%s), as Keras 3 writes it with the"
              .formatted(OP)
          + " JAX or torch backend, and nothing in it tells of layers";

  /** What to do about it. */
  public static final String REMEDY =
      "export the model with Keras' TensorFlow backend, layertap does not run such ops";

  private CompiledGraph() {}

  /** Whether a part of the graph at least is compiled. */
  public static boolean is(GraphIndex graph) {
    return IntStream.range(0, graph.size()).anyMatch(position -> isCompiled(graph.node(position)));
  }

  /**
   * Whether JAX traced a part of the graph at least, as ops instead of a program (jax2tf without
   * native serialization): its scopes are JAX's, with one more for each of its functions.
   */
  public static boolean isTracedByJax(GraphIndex graph) {
    return IntStream.range(0, graph.size())
        .anyMatch(position -> graph.node(position).getName().startsWith(JAX_SCOPE));
  }

  /** Whether a node is a compiled part: what it computes does not show. */
  public static boolean isCompiled(NodeDef node) {
    return node.getOp().equals(OP);
  }
}
