package layertap.graph.fold;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.TensorValues;
import layertap.graph.fold.DoubtfulOps.Critical;
import layertap.graph.fold.DoubtfulOps.Domain;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Which nodes take finite numbers only, as far as ops tell. A division by what may be zero, such as
 * the largest pixel of a black image, a root of what may be negative or a logarithm of either gives
 * an infinity, or what is no number, of finite ones, as an exponential does. Sums and products that
 * overflow and means of nothing are not looked for, and infinite constants are let through, as a
 * maximum starts from one. Not thread-safe.
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
  /** A positive constant in one of their inputs keeps numbers away from zero. */
  private static final Set<String> GUARDS = Set.of("Add", "AddV2", "Maximum");

  /** Ops that are as far from zero as what they take, or that are of variances. */
  private static final Set<String> HANDED_ON = Set.of("Identity", "Sqrt");

  private static final int MOST_STEPS = 20;

  private final GraphIndex graph;
  private final boolean[] isVarying;
  private final boolean[] isDoubtful;
  private final DoubtfulOps doubtful;
  private final Signs signs;

  private FiniteTensors(GraphIndex graph) {
    this.graph = graph;
    this.isVarying = graph.descendantsOf(graph.feedable());
    this.doubtful = new DoubtfulOps(graph.graph().getLibrary());
    this.signs = new Signs(graph);
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
    NodeDef node = graph.node(position);
    if (node.getOp().equals("Pow")) {
      return mayPowerGiveOthers(position);
    }
    return DoubtfulOps.isConstantOfOthers(node)
        || doubtful.isAnyInBodies(node)
        || DoubtfulOps.critical(node)
            .filter(each -> !isAllSafe(each, graph.sources(position)))
            .isPresent();
  }

  private boolean isAllSafe(Critical critical, int[] sources) {
    return critical
        .inputs(sources.length)
        .allMatch(input -> isSafe(sources[input], critical.domain()));
  }

  private boolean isSafe(int position, Domain domain) {
    if (!isVarying[position]) {
      return domain.takes(graph.node(behindIdentities(position)));
    }
    return switch (domain) {
      case ALL -> true;
      case NONE -> false;
      case NOT_ZERO -> signs.isPositive(position) || !mayBeZero(position);
      case NOT_NEGATIVE -> signs.isNotNegative(position);
      case POSITIVE -> signs.isPositive(position);
    };
  }

  private int behindIdentities(int start) {
    int position = start;
    for (int step = 0; step < MOST_STEPS && Ops.isIdentityOfOne(graph.node(position)); step++) {
      position = graph.sources(position)[0];
    }
    return position;
  }

  private boolean mayPowerGiveOthers(int position) {
    int base = graph.sources(position)[0];
    int exponent = graph.sources(position)[1];
    Optional<double[]> numbers = TensorValues.numbers(graph.node(exponent));
    if (numbers.isEmpty()) {
      return !isSafe(base, Domain.POSITIVE) || isVarying[exponent];
    }
    return !isSafe(base, DoubtfulOps.base(numbers.get()));
  }

  private boolean mayBeZero(int start) {
    int position = start;
    for (int step = 0; step < MOST_STEPS && isVarying[position]; step++) {
      String op = graph.node(position).getOp();
      if (GUARDS.contains(op)) {
        return IntStream.of(graph.sources(position)).noneMatch(this::isGuard);
      }
      if (!HANDED_ON.contains(op)) {
        return true;
      }
      position = graph.sources(position)[0];
    }
    return isVarying[position];
  }

  /**
   * Of a variable, a large constant and what is computed of those alone the value is not known: it
   * is taken for a small positive number.
   */
  private boolean isGuard(int position) {
    return !isVarying[position]
        && (!Ops.isConstant(graph.node(position))
            || TensorValues.numbers(graph.node(position)).isEmpty()
            || signs.isPositive(position));
  }
}
