package layertap.graph.fold;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Puts zeros in the place of random numbers that cannot be noticed: those of a dropout that keeps
 * everything, of noise that is multiplied by zero.
 *
 * <pre>
 *   RandomUniform ─▶ AddV2 ─▶ Floor ─▶ Mul        all numbers are from 0 to less than 1, so with
 *     [0, 1)          ▲ 1      is 1               keep_prob = 1 the floor is 1 whatever they are
 * </pre>
 */
final class RandomOps {
  private static final Set<String> LOOK_AT_SHAPES =
      Set.of("Shape", "ShapeN", "Rank", "Size", "ZerosLike", "OnesLike");

  private final GraphIndex graph;
  private final Ranges ranges;

  private RandomOps(GraphIndex graph, StoredNumbers stored) {
    this.graph = graph;
    this.ranges = new Ranges(graph, stored);
  }

  /** The graph without random ops that no fetched tensor depends on; the same if there are none. */
  static GraphIndex leaveOut(GraphIndex graph, Collection<TensorId> fetches, StoredNumbers stored) {
    return new RandomOps(graph, stored).leaveOut(fetches);
  }

  private GraphIndex leaveOut(Collection<TensorId> fetches) {
    boolean[] fetched = new boolean[graph.size()];
    fetches.forEach(fetch -> fetched[graph.require(fetch.node())] = true);
    GraphDef.Builder left = graph.graph().toBuilder().clearNode();
    boolean isSame = true;
    for (int position = 0; position < graph.size(); position++) {
      NodeDef node = graph.node(position);
      boolean isWithoutEffect =
          ConstantRanges.isRandom(node)
              && graph.sources(position).length == 1
              && ranges.of(new TensorId(node.getName(), 0)).isPresent()
              && !reaches(position, fetched);
      if (isWithoutEffect) {
        addZeros(left, node);
      } else {
        left.addNode(node);
      }
      isSame &= !isWithoutEffect;
    }
    return isSame ? graph : new GraphIndex(left.build(), graph.ops());
  }

  /** Whether a fetched value may depend on the values of a node. */
  private boolean reaches(int start, boolean[] fetched) {
    boolean[] seen = new boolean[graph.size()];
    Deque<Integer> open = new ArrayDeque<>();
    open.add(start);
    seen[start] = true;
    while (!open.isEmpty()) {
      int position = open.remove();
      if (fetched[position]) {
        return true;
      }
      for (int consumer : graph.consumers(position)) {
        if (!seen[consumer] && dependsOn(consumer, position)) {
          seen[consumer] = true;
          open.add(consumer);
        }
      }
    }
    return false;
  }

  /** Whether the values of a node may depend on those of one that it takes. */
  private boolean dependsOn(int consumer, int taken) {
    NodeDef node = graph.node(consumer);
    if (LOOK_AT_SHAPES.contains(node.getOp())) {
      return false;
    }
    Optional<Range> range = ranges.of(new TensorId(node.getName(), 0));
    if (graph.outputTypes(consumer).size() == 1 && range.filter(Range::isFixed).isPresent()) {
      return false;
    }
    boolean isSelect = node.getOp().equals("Select") || node.getOp().equals("SelectV2");
    if (isSelect && graph.sources(consumer).length == 3) {
      Optional<Boolean> chosen = ranges.truth(graph.inputTensor(consumer, 0));
      int used = chosen.isEmpty() ? 0 : chosen.get() ? 1 : 2;
      return chosen.isEmpty() || graph.sources(consumer)[used] == taken;
    }
    return true;
  }

  private static void addZeros(GraphDef.Builder graph, NodeDef random) {
    DataType dtype = random.getAttrOrDefault("dtype", AttrValue.getDefaultInstance()).getType();
    String shape = random.getInput(0);
    AttrValue type = AttrValue.newBuilder().setType(dtype).build();
    AttrValue index =
        random.getAttrOrDefault("T", AttrValue.newBuilder().setType(DataType.DT_INT32).build());
    TensorProto zero =
        TensorProto.newBuilder()
            .setDtype(dtype)
            .setTensorShape(TensorShape.of(List.of()).toProto())
            .build();
    String name = random.getName() + "/layertap_zero";
    graph.addNode(
        NodeDef.newBuilder()
            .setName(name)
            .setOp("Const")
            // So it runs where the shape is known: in the same frame of a loop.
            .addInput("^" + TensorId.nodeOf(shape))
            .putAttr("dtype", type)
            .putAttr("value", AttrValue.newBuilder().setTensor(zero).build()));
    NodeDef.Builder fill =
        NodeDef.newBuilder()
            .setName(random.getName())
            .setOp("Fill")
            .addInput(shape)
            .addInput(name)
            .putAttr("T", type)
            .putAttr("index_type", index);
    random.getInputList().stream().skip(1).forEach(fill::addInput);
    graph.addNode(fill);
  }
}
