package layertap.graph.rewrite;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import layertap.failure.GraphException;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Makes the loop of a recurrent layer keep the outputs of all steps where it keeps the last alone.
 * The layer's own loop stays as it is; a copy with another list and another body runs beside it:
 *
 * <pre>
 *   steps ─▶ TensorListLength ─▶ TensorListReserve ─▶ While′ ─▶ TensorListStack ─▶ Transpose
 *   body′: TensorListSetItem(list, time, output)     instead of     (list, 0, output)
 * </pre>
 *
 * @param loop name of the {@code While}
 * @param accumulator which variable of the loop is the list of outputs
 * @param steps which variable of the loop is the list of inputs
 * @param stack name of the {@code TensorListStack} that reads the outputs
 * @param transpose name of the {@code Transpose} to batch-major; that of the stack if there is none
 */
public record StepRecording(String loop, int accumulator, int steps, String stack, String transpose)
    implements Serializable {
  private static final String SUFFIX = "/layertap_all_steps";

  public StepRecording {
    requireNonNull(loop, "loop is null");
    requireNonNull(stack, "stack is null");
    requireNonNull(transpose, "transpose is null");
  }

  /** The tensor that will hold the outputs of all steps. */
  public TensorId sequence() {
    return new TensorId(transpose + SUFFIX, 0);
  }

  /** The graph with the second loops of all; the same one if there are none. */
  public static GraphIndex applyAll(Stream<StepRecording> recordings, GraphIndex graph) {
    GraphDef changed = graph.graph();
    for (StepRecording recording : recordings.distinct().toList()) {
      changed = recording.apply(changed);
    }
    return changed == graph.graph() ? graph : new GraphIndex(changed, graph.ops());
  }

  /** The graph with the second loop. */
  public GraphDef apply(GraphDef graph) {
    Map<String, NodeDef> nodes = new HashMap<>();
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    NodeDef own = nodes.get(loop);
    NodeDef reserve = nodes.get(TensorId.nodeOf(own.getInput(accumulator)));
    NodeDef length =
        NodeDef.newBuilder()
            .setName(loop + "/layertap_step_count")
            .setOp("TensorListLength")
            .addInput(own.getInput(steps))
            .build();
    NodeDef list = renamed(reserve).setInput(1, length.getName()).build();
    String body = own.getAttrOrThrow("body").getFunc().getName();
    AttrValue.Builder bodyOfCopy = own.getAttrOrThrow("body").toBuilder();
    bodyOfCopy.getFuncBuilder().setName(body + SUFFIX);
    NodeDef copy =
        renamed(own)
            .setInput(accumulator, list.getName())
            .putAttr("body", bodyOfCopy.build())
            .build();
    NodeDef stacked =
        renamed(nodes.get(stack))
            .setInput(0, new TensorId(copy.getName(), accumulator).asInput())
            .putAttr("num_elements", AttrValue.newBuilder().setI(-1).build())
            .build();
    GraphDef.Builder changed = graph.toBuilder().addAllNode(List.of(length, list, copy, stacked));
    if (!transpose.equals(stack)) {
      changed.addNode(renamed(nodes.get(transpose)).setInput(0, stacked.getName()));
    }
    changed.getLibraryBuilder().addFunction(bodyWritingAll(graph, body));
    return changed.build();
  }

  private static NodeDef.Builder renamed(NodeDef node) {
    return node.toBuilder().setName(node.getName() + SUFFIX).removeAttr(GraphIndex.OUTPUT_SHAPES);
  }

  private FunctionDef bodyWritingAll(GraphDef graph, String name) {
    FunctionDef body =
        new FunctionLibrary(graph.getLibrary())
            .find(name)
            .orElseThrow(() -> new GraphException("the graph has no function '" + name + "'"));
    LoopBody steps = new LoopBody(body);
    NodeDef write =
        steps
            .producer(steps.next(accumulator))
            .orElseThrow(() -> new GraphException("'" + loop + "' writes no outputs"));
    FunctionDef.Builder changed = body.toBuilder();
    changed.getSignatureBuilder().setName(name + SUFFIX);
    for (NodeDef.Builder node : changed.getNodeDefBuilderList()) {
      if (node.getName().equals(write.getName())) {
        node.setInput(1, steps.timeOf(this.steps));
      }
    }
    return changed.build();
  }
}
