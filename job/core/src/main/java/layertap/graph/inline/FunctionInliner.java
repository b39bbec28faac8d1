package layertap.graph.inline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.failure.GraphException;
import layertap.graph.FlatGraph;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphIndex;
import layertap.graph.GraphLimits;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Replaces function calls by the nodes of the functions, because a session can fetch only what
 * stands in the graph itself.
 *
 * <p>The body of a call {@code a/call} gets the prefix {@code a/call/}. The chain of mere wrappers
 * around a signature's function gets none, so that the layers keep the names that Keras gave them:
 *
 * <pre>
 *   StatefulPartitionedCall          signature wrapper: prefix StatefulPartitionedCall/
 *     └ StatefulPartitionedCall      the model: no prefix, cnn/conv1/Conv2D
 *         └ cnn/lstm/PartitionedCall its function: prefix cnn/lstm/PartitionedCall/
 * </pre>
 */
public final class FunctionInliner {
  /** Beyond this a graph is taken for an attack: nested calls multiply. */
  private static final int MAX_DEPTH = 200;

  private final FunctionLibrary library;
  private final OpDefinitions ops;
  private final boolean hasFrames;
  private final GraphDef.Builder flat = GraphDef.newBuilder();
  private final Set<String> names = new HashSet<>();
  private final Map<String, String> calls = new LinkedHashMap<>();
  private final Set<String> active = new HashSet<>();

  private FunctionInliner(GraphDef graph, OpDefinitions ops) {
    this.library = new FunctionLibrary(graph.getLibrary());
    this.ops = ops;
    this.hasFrames = graph.getNodeList().stream().anyMatch(Ops::isFrameOrBranch);
  }

  /**
   * Inlines all calls that the nodes in {@code roots} need.
   *
   * @throws GraphException if functions are missing, call themselves, or grow beyond all bounds
   */
  public static FlatGraph inline(GraphDef graph, Collection<String> roots, OpDefinitions ops) {
    return inline(new GraphIndex(graph, ops), roots);
  }

  /**
   * Inlines all calls of an indexed graph that the nodes in {@code roots} need.
   *
   * @throws GraphException if functions are missing, call themselves, or grow beyond all bounds
   */
  public static FlatGraph inline(GraphIndex index, Collection<String> roots) {
    GraphDef graph = index.graph();
    FunctionInliner inliner = new FunctionInliner(graph, index.ops());
    boolean[] needed = index.ancestorsOf(index.requireAll(roots));
    List<NodeDef> kept = new ArrayList<>();
    for (int i = 0; i < index.size(); i++) {
      if (needed[i]) {
        kept.add(index.node(i));
        inliner.names.add(index.node(i).getName());
      }
    }
    inliner.checkSize(kept);
    for (NodeDef node : kept) {
      inliner.emit(node, node.getInputList(), new Place("", true /* wrappers only so far */, 0));
    }
    inliner.flat.setVersions(graph.getVersions());
    inliner.flat.setLibrary(inliner.library.reachableFrom(inliner.flat.getNodeList()));
    return new FlatGraph(inliner.flat.build(), inliner.calls);
  }

  /** Where a body's nodes stand: the prefix of its own scope, and how it came there. */
  private record Place(String prefix, boolean onlyWrappersAround, int depth) {}

  private void emit(NodeDef node, List<String> inputs, Place place) {
    String function = library.calledBy(node).orElse(null);
    NodeDef.Builder copy = node.toBuilder().clearInput().addAllInput(inputs).clearDevice();
    copy.clearExperimentalDebugInfo().removeAttr("_class");
    if (function == null) {
      add(copy.build());
      return;
    }
    FunctionDef body =
        library
            .find(function)
            .orElseThrow(
                () ->
                    new GraphException(
                        "cannot inline '%s': the graph has no function '%s'"
                            .formatted(node.getName(), function)));
    if (place.depth >= MAX_DEPTH || !active.add(function)) {
      throw new GraphException(
          "cannot inline '" + node.getName() + "': function '" + function + "' calls itself");
    }
    BodyNames inside = inlineBody(copy.build(), body, place);
    active.remove(function);
    calls.put(copy.getName(), function);
    add(outputsOf(copy.build(), body, inside));
  }

  private BodyNames inlineBody(NodeDef call, FunctionDef body, Place place) {
    boolean wrapper = isWrapper(body);
    boolean atRoot = place.onlyWrappersAround && !wrapper && isFree(body);
    String prefix = atRoot ? "" : call.getName() + "/";
    BodyNames inside = new BodyNames(call, body, prefix, ops, library);
    Place inner = new Place(prefix, place.onlyWrappersAround && wrapper, place.depth + 1);
    List<String> frameControls =
        hasFrames ? call.getInputList().stream().filter(TensorId::isControl).toList() : List.of();
    for (NodeDef node : body.getNodeDefList()) {
      List<String> inputs = inside.flatInputs(node);
      NodeDef.Builder copy = node.toBuilder().setName(prefix + node.getName());
      inside.substituteAttributes(copy);
      emit(copy.build(), inputs.isEmpty() ? frameControls : inputs, inner);
    }
    return inside;
  }

  /** A node of the call's name with the values that the function returns. */
  private static NodeDef outputsOf(NodeDef call, FunctionDef body, BodyNames inside) {
    List<String> returned =
        body.getSignature().getOutputArgList().stream()
            .map(output -> inside.flatReturn(output.getName()))
            .toList();
    if (returned.isEmpty()) {
      NodeDef.Builder done = NodeDef.newBuilder().setName(call.getName()).setOp("NoOp");
      body.getControlRetMap().values().forEach(node -> done.addInput(inside.flatControl(node)));
      return done.build();
    }
    AttrValue.ListValue.Builder types = AttrValue.ListValue.newBuilder();
    types.addAllType(outputTypes(call, body));
    return NodeDef.newBuilder()
        .setName(call.getName())
        .setOp("IdentityN")
        .addAllInput(returned)
        .addAllInput(call.getInputList().stream().filter(TensorId::isControl).toList())
        .putAttr("T", AttrValue.newBuilder().setList(types).build())
        .putAllAttr(shapesOf(call))
        .build();
  }

  private static List<DataType> outputTypes(NodeDef call, FunctionDef body) {
    AttrValue declared = call.getAttrMap().get("Tout");
    if (declared != null && declared.getList().getTypeCount() > 0) {
      return declared.getList().getTypeList();
    }
    return body.getSignature().getOutputArgList().stream().map(OpDef.ArgDef::getType).toList();
  }

  private static Map<String, AttrValue> shapesOf(NodeDef call) {
    AttrValue shapes = call.getAttrMap().get(GraphIndex.OUTPUT_SHAPES);
    return shapes == null ? Map.of() : Map.of(GraphIndex.OUTPUT_SHAPES, shapes);
  }

  private boolean isWrapper(FunctionDef body) {
    int callCount = 0;
    for (NodeDef node : body.getNodeDefList()) {
      if (library.calledBy(node).isPresent()) {
        callCount++;
      } else if (!Ops.waits(node)) {
        return false;
      }
    }
    return callCount == 1;
  }

  private boolean isFree(FunctionDef body) {
    return body.getNodeDefList().stream().noneMatch(node -> names.contains(node.getName()));
  }

  /** Before the first node is made: two million of them take half a minute and gigabytes. */
  private void checkSize(List<NodeDef> nodes) {
    InlinedSize size = new InlinedSize(library, MAX_DEPTH);
    requireSize(nodes.stream().mapToLong(size::of).sum());
  }

  private void add(NodeDef node) {
    names.add(node.getName());
    flat.addNode(node);
    requireSize(flat.getNodeCount());
  }

  private static void requireSize(long nodeCount) {
    if (nodeCount > GraphLimits.MAX_NODES) {
      throw new GraphException(
          "cannot inline the graph: its function calls expand to more than %s nodes"
              .formatted(GraphLimits.MAX_NODES));
    }
  }
}
