package layertap.graph.fold;

import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Which nodes take finite numbers only, as far as ops tell. A division by what may be zero, such as
 * the largest pixel of a black image, or a logarithm of it gives an infinity, or what is no number,
 * of finite ones. Sums that overflow are not looked for. Immutable.
 *
 * <pre>
 *   x ─┬─────── RealDiv ─ Conv2D     may take what is no number
 *      └─ Max ─────┘
 *
 *   x ─┬────────────────── RealDiv ─ Conv2D     takes finite numbers
 *      └─ Max ─ AddV2 1e-7 ───┘
 * </pre>
 */
public final class FiniteTensors {
  /** The input that must not be zero or negative, or else must be a constant. */
  private static final Map<String, Integer> CRITICAL_INPUTS =
      Map.ofEntries(
          Map.entry("Acos", 0),
          Map.entry("Acosh", 0),
          Map.entry("Asin", 0),
          Map.entry("Atanh", 0),
          Map.entry("Div", 1),
          Map.entry("Inv", 0),
          Map.entry("Log", 0),
          Map.entry("Log1p", 0),
          Map.entry("Pow", 1),
          Map.entry("RealDiv", 1),
          Map.entry("Reciprocal", 0),
          Map.entry("Rsqrt", 0));

  /** A constant in one of their inputs keeps what is not negative away from zero. */
  private static final Set<String> GUARDS = Set.of("Add", "AddV2", "Maximum");

  /** Ops that are as far from zero as what they take, or that are of variances. */
  private static final Set<String> HANDED_ON = Set.of("Identity", "Sqrt");

  private static final int MOST_STEPS = 20;

  private final GraphIndex graph;
  private final boolean[] isVarying;
  private final boolean[] isDoubtful;

  private FiniteTensors(GraphIndex graph) {
    this.graph = graph;
    this.isVarying = graph.descendantsOf(graph.feedable());
    this.isDoubtful =
        graph.descendantsOf(IntStream.range(0, graph.size()).filter(this::mayGiveOthers).toArray());
  }

  /** Those of a graph that is fed finite numbers only. */
  public static FiniteTensors of(GraphDef graph) {
    return new FiniteTensors(new GraphIndex(graph, OpDefinitions.registered()));
  }

  /** Whether what the node takes and gives is finite. */
  public boolean contains(NodeDef node) {
    OptionalInt position = graph.find(node.getName());
    return position.isPresent() && !isDoubtful[position.getAsInt()];
  }

  private boolean mayGiveOthers(int position) {
    Integer critical = CRITICAL_INPUTS.get(graph.node(position).getOp());
    return critical != null && mayBeZero(graph.sources(position)[critical]);
  }

  private boolean mayBeZero(int start) {
    int position = start;
    for (int step = 0; step < MOST_STEPS && isVarying[position]; step++) {
      String op = graph.node(position).getOp();
      if (GUARDS.contains(op)) {
        return IntStream.of(graph.sources(position)).allMatch(source -> isVarying[source]);
      }
      if (!HANDED_ON.contains(op)) {
        return true;
      }
      position = graph.sources(position)[0];
    }
    return isVarying[position];
  }
}
