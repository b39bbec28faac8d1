package layertap.graph.rewrite;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Makes nodes of a graph take other tensors than they did. Collects what to replace, then applies
 * all at once to a copy.
 */
public final class Substitution {
  private final Map<TensorId, TensorId> tensors = new LinkedHashMap<>();
  private final Map<Edge, TensorId> edges = new LinkedHashMap<>();
  private final Map<String, NodeDef> added = new LinkedHashMap<>();

  private record Edge(String consumer, TensorId tensor) {}

  /** All that take {@code from} take {@code to}. */
  public void replace(TensorId from, TensorId to) {
    tensors.put(from, to);
  }

  /** Where the node {@code consumer} takes {@code from} it takes {@code to}. */
  public void replace(String consumer, TensorId from, TensorId to) {
    edges.put(new Edge(consumer, from), to);
  }

  /** Adds a node in which a value can be fed; one that is there already is replaced. */
  public TensorId addPlaceholder(String name, DataType dtype, TensorShape shape) {
    NodeDef placeholder =
        NodeDef.newBuilder()
            .setName(name)
            .setOp("Placeholder")
            .putAttr("dtype", AttrValue.newBuilder().setType(dtype).build())
            .putAttr("shape", AttrValue.newBuilder().setShape(shape.toProto()).build())
            .build();
    added.put(name, placeholder);
    return new TensorId(name, 0);
  }

  /** Adds a constant; a node of its name that is there already is replaced. */
  public void addConstant(String name, TensorProto value) {
    NodeDef constant =
        NodeDef.newBuilder()
            .setName(name)
            .setOp("Const")
            .putAttr("dtype", AttrValue.newBuilder().setType(value.getDtype()).build())
            .putAttr("value", AttrValue.newBuilder().setTensor(value).build())
            .build();
    added.put(name, constant);
  }

  /** Adds a node that hands on a tensor. */
  public TensorId addIdentity(String name, TensorId tensor, DataType dtype) {
    NodeDef identity =
        NodeDef.newBuilder()
            .setName(name)
            .setOp("Identity")
            .addInput(tensor.asInput())
            .putAttr("T", AttrValue.newBuilder().setType(dtype).build())
            .build();
    added.put(name, identity);
    return new TensorId(name, 0);
  }

  /** Adds a node that casts a tensor. */
  public TensorId addCast(String name, TensorId tensor, DataType from, DataType to) {
    NodeDef cast =
        NodeDef.newBuilder()
            .setName(name)
            .setOp("Cast")
            .addInput(tensor.asInput())
            .putAttr("SrcT", AttrValue.newBuilder().setType(from).build())
            .putAttr("DstT", AttrValue.newBuilder().setType(to).build())
            .build();
    added.put(name, cast);
    return new TensorId(name, 0);
  }

  /** Puts a node in the place of the one of its name. */
  public void replace(NodeDef node) {
    added.put(node.getName(), node);
  }

  /** Adds nodes as they are. */
  public void add(List<NodeDef> nodes) {
    nodes.forEach(node -> added.put(node.getName(), node));
  }

  /** Where the value of a tensor comes from once all is applied. */
  public TensorId resolve(TensorId tensor) {
    return tensors.getOrDefault(tensor, tensor);
  }

  /** What is replaced for all that take it, and by what. */
  public Map<TensorId, TensorId> replaced() {
    return Collections.unmodifiableMap(tensors);
  }

  /** What a node takes in place of a tensor, if that is replaced for this node alone. */
  public Optional<TensorId> resolve(String consumer, TensorId tensor) {
    return Optional.ofNullable(edges.get(new Edge(consumer, tensor)));
  }

  /** The graph with all replacements; the same one if there are none. */
  public GraphIndex apply(GraphIndex graph) {
    boolean changesNothing = tensors.isEmpty() && edges.isEmpty() && added.isEmpty();
    return changesNothing ? graph : new GraphIndex(apply(graph.graph()), graph.ops());
  }

  /** The graph with all replacements. */
  public GraphDef apply(GraphDef graph) {
    GraphDef.Builder changed = graph.toBuilder().clearNode();
    List<NodeDef> remaining = new ArrayList<>(added.values());
    for (NodeDef node : graph.getNodeList()) {
      NodeDef replacement = added.get(node.getName());
      if (replacement != null) {
        remaining.remove(replacement);
        changed.addNode(replacement);
      } else {
        changed.addNode(changed(node));
      }
    }
    return changed.addAllNode(remaining).build();
  }

  private NodeDef changed(NodeDef node) {
    NodeDef.Builder copy = null;
    for (int i = 0; i < node.getInputCount(); i++) {
      if (TensorId.isControl(node.getInput(i))) {
        continue;
      }
      TensorId tensor = TensorId.parse(node.getInput(i));
      TensorId replacement = edges.get(new Edge(node.getName(), tensor));
      if (replacement == null) {
        replacement = tensors.get(tensor);
      }
      if (replacement != null) {
        copy = copy == null ? node.toBuilder() : copy;
        copy.setInput(i, replacement.asInput());
      }
    }
    return copy == null ? node : copy.build();
  }
}
