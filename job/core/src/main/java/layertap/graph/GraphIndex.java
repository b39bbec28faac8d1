package layertap.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import layertap.failure.GraphException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Looks up nodes and edges of a graph by position. Positions are those of the GraphDef, so a
 * smaller one was traced earlier. Immutable and thread-safe; the arrays that it gives are its own,
 * not to be changed.
 */
public final class GraphIndex {
  /** Shapes that TensorFlow noted for a node's outputs when it saved the model. */
  public static final String OUTPUT_SHAPES = "_output_shapes";

  private static final int[] NONE = {};

  private final GraphDef graph;
  private final OpDefinitions ops;
  private final Map<String, Integer> positions;
  private final int[][] sources;
  private final int[][] sourceOutputs;
  private final int[][] controls;
  private final int[][] consumers;
  private final int[][] followers;

  /**
   * Indexes the graph.
   *
   * @throws GraphException if a name occurs twice or an input names no node
   */
  public GraphIndex(GraphDef graph, OpDefinitions ops) {
    this.graph = graph;
    this.ops = ops;
    this.positions = new HashMap<>(graph.getNodeCount() * 2);
    for (int i = 0; i < graph.getNodeCount(); i++) {
      if (positions.putIfAbsent(graph.getNode(i).getName(), i) != null) {
        throw new GraphException(
            "cannot read the graph: two nodes are called '" + graph.getNode(i).getName() + "'");
      }
    }
    int size = graph.getNodeCount();
    this.sources = new int[size][];
    this.sourceOutputs = new int[size][];
    this.controls = new int[size][];
    for (int i = 0; i < size; i++) {
      indexInputs(i);
    }
    this.consumers = invert(sources);
    this.followers = invert(controls);
  }

  private void indexInputs(int position) {
    NodeDef node = graph.getNode(position);
    int count = node.getInputCount();
    int[] data = new int[count];
    int[] outputs = new int[count];
    int[] control = new int[count];
    int dataCount = 0;
    int controlCount = 0;
    for (String input : node.getInputList()) {
      Integer source = positions.get(TensorId.nodeOf(input));
      if (source == null) {
        throw new GraphException(
            "cannot read the graph: node '%s' takes '%s', which is not there"
                .formatted(node.getName(), input));
      }
      if (TensorId.isControl(input)) {
        control[controlCount++] = source;
      } else {
        outputs[dataCount] = TensorId.parse(input).index();
        data[dataCount++] = source;
      }
    }
    sources[position] = dataCount == 0 ? NONE : Arrays.copyOf(data, dataCount);
    sourceOutputs[position] = dataCount == 0 ? NONE : Arrays.copyOf(outputs, dataCount);
    controls[position] = controlCount == 0 ? NONE : Arrays.copyOf(control, controlCount);
  }

  private static int[][] invert(int[][] sources) {
    int[] counts = new int[sources.length];
    for (int[] of : sources) {
      for (int source : of) {
        counts[source]++;
      }
    }
    int[][] inverted = new int[sources.length][];
    for (int i = 0; i < sources.length; i++) {
      inverted[i] = counts[i] == 0 ? NONE : new int[counts[i]];
    }
    Arrays.fill(counts, 0);
    for (int i = 0; i < sources.length; i++) {
      for (int source : sources[i]) {
        inverted[source][counts[source]++] = i;
      }
    }
    return inverted;
  }

  public int size() {
    return graph.getNodeCount();
  }

  public OpDefinitions ops() {
    return ops;
  }

  public GraphDef graph() {
    return graph;
  }

  public NodeDef node(int position) {
    return graph.getNode(position);
  }

  /** Where the node stands. */
  public OptionalInt find(String name) {
    Integer position = positions.get(name);
    return position == null ? OptionalInt.empty() : OptionalInt.of(position);
  }

  /** Where the node stands that must be there. */
  public int require(String name) {
    return find(name)
        .orElseThrow(
            () -> new GraphException("cannot read the graph: it has no node '" + name + "'"));
  }

  /** Positions of the nodes that may be fed, in their order. */
  public int[] feedable() {
    return IntStream.range(0, size()).filter(i -> Ops.mayBeFed(node(i))).toArray();
  }

  public int[] requireAll(Collection<String> names) {
    return names.stream().mapToInt(this::require).toArray();
  }

  /** Positions of the nodes whose outputs the node takes as data, in the order of its inputs. */
  public int[] sources(int position) {
    return sources[position];
  }

  /** For each of {@link #sources} which of its outputs is taken. */
  public int[] sourceOutputs(int position) {
    return sourceOutputs[position];
  }

  /** Positions of the nodes that must run before the node. */
  public int[] controls(int position) {
    return controls[position];
  }

  /** Positions of the nodes that take an output of the node as data, once for each such input. */
  public int[] consumers(int position) {
    return consumers[position];
  }

  /** Positions of the nodes that run after the node by a control edge. */
  public int[] followers(int position) {
    return followers[position];
  }

  /** The tensor that the node takes as data input {@code input}. */
  public TensorId inputTensor(int position, int input) {
    return new TensorId(node(sources[position][input]).getName(), sourceOutputs[position][input]);
  }

  /** The tensors that the node takes as data. */
  public List<TensorId> inputTensors(int position) {
    List<TensorId> tensors = new ArrayList<>(sources[position].length);
    for (int i = 0; i < sources[position].length; i++) {
      tensors.add(inputTensor(position, i));
    }
    return tensors;
  }

  /** Whether the tensor's node is there and, as far as its op is known, has such an output. */
  public boolean contains(TensorId tensor) {
    OptionalInt position = find(tensor.node());
    if (position.isEmpty()) {
      return false;
    }
    NodeDef node = node(position.getAsInt());
    return ops.find(node.getOp()).isEmpty() || tensor.index() < ops.outputTypes(node).size();
  }

  /** The tensor's dtype; {@code DT_INVALID} where the op is unknown. */
  public DataType type(TensorId tensor) {
    List<DataType> types = ops.outputTypes(node(require(tensor.node())));
    return tensor.index() < types.size() ? types.get(tensor.index()) : DataType.DT_INVALID;
  }

  /** The dtypes of a node's outputs; empty where the op is unknown. */
  public List<DataType> outputTypes(int position) {
    return ops.outputTypes(node(position));
  }

  /** The shape that was noted for the tensor when the model was saved. */
  public Optional<TensorShapeProto> notedShape(TensorId tensor) {
    AttrValue noted = node(require(tensor.node())).getAttrMap().get(OUTPUT_SHAPES);
    return noted == null || noted.getList().getShapeCount() <= tensor.index()
        ? Optional.empty()
        : Optional.of(noted.getList().getShape(tensor.index()));
  }

  /** Marks the nodes, all that they need as data, and all that must run before. */
  public boolean[] ancestorsOf(int... nodes) {
    return GraphWalk.of(this).along(this::sources).along(this::controls).from(nodes);
  }

  /** Marks the nodes and all whose data depends on them. */
  public boolean[] descendantsOf(int... nodes) {
    return GraphWalk.of(this).along(this::consumers).from(nodes);
  }
}
