package layertap.graph.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * A value times a function of itself, in one pass over it instead of several: swish, which is x ·
 * sigmoid(x), mish, x · tanh(ln(1 + exp(x))), and hard swish, x · relu6(x + 3) / 6. oneDNN alone
 * has kernels for it (TensorFlow's mkl_swish_op.cc, mkl_fused_mish_op.cc), or lets a convolution
 * run it while it writes (mkl_conv_ops.cc), and hard swish so alone. Infinities, and what is not a
 * number, go through the kernels as through the single ops.
 *
 * <pre>
 *   x ─┬─ Sigmoid ─ Mul     becomes     x ─ _MklSwish
 *      └────────────┘
 * </pre>
 */
public final class SelfGate {
  private static final GateStep PLUS_THREE = new GateStep("AddV2", Optional.of(3f));
  private static final GateStep SIXTH = new GateStep("Mul", Optional.of(1f / 6));
  private static final String HARD_SWISH = "_FusedHardSwish";

  private static final List<SelfGate> ALL =
      List.of(
          new SelfGate(
              Optional.of("_MklSwish"), "_MklSwish", List.of(new GateStep("Sigmoid")), List.of()),
          new SelfGate(
              Optional.of("_MklFusedMish"),
              "Mish",
              List.of(new GateStep("Softplus"), new GateStep("Tanh")),
              List.of()),
          new SelfGate(
              Optional.empty(),
              HARD_SWISH,
              List.of(PLUS_THREE, new GateStep("Relu6"), SIXTH),
              List.of()),
          new SelfGate(
              Optional.empty(),
              HARD_SWISH,
              List.of(PLUS_THREE, new GateStep("Relu6")),
              List.of(SIXTH)));

  private static final Set<String> OPS =
      ALL.stream().flatMap(gate -> gate.op.stream()).collect(Collectors.toUnmodifiableSet());

  private final Optional<String> op;
  private final String inConvolution;
  private final List<GateStep> steps;
  private final List<GateStep> behind;

  /**
   * A gate.
   *
   * @param op the fused op, if there is one
   * @param inConvolution what fused convolutions call it
   * @param steps that compute of a value what it is multiplied with
   * @param behind steps behind the product
   */
  private SelfGate(
      Optional<String> op, String inConvolution, List<GateStep> steps, List<GateStep> behind) {
    this.op = op;
    this.inConvolution = inConvolution;
    this.steps = steps;
    this.behind = behind;
  }

  /** The fused ops. */
  public static Set<String> ops() {
    return OPS;
  }

  /** The one that the node is, if it is one. */
  static Optional<SelfGate> of(NodeDef node) {
    return ALL.stream().filter(gate -> gate.op.filter(node.getOp()::equals).isPresent()).findAny();
  }

  /** The one that fused convolutions call so, if it is one. */
  static Optional<SelfGate> inConvolution(String name) {
    return ALL.stream().filter(gate -> gate.inConvolution.equals(name)).findFirst();
  }

  /** Fuses all that there are and have an op; says whether there was one. */
  static boolean fuseAll(WorkingGraph graph) {
    boolean isChanged = false;
    for (SelfGate gate : ALL) {
      for (NodeDef first : graph.nodes()) {
        isChanged |= gate.op.isPresent() && gate.fuse(graph, first);
      }
    }
    return isChanged;
  }

  /** Fuses what begins with that node into the op; says whether it is the gate. */
  private boolean fuse(WorkingGraph graph, NodeDef first) {
    Optional<Found> found = find(graph, first);
    found.ifPresent(
        gated -> {
          NodeDef.Builder fused = gated.end().toBuilder().setOp(op.orElseThrow());
          graph.put(fused.clearInput().addInput(gated.value()).build());
          gated.removeInside(graph);
        });
    return found.isPresent();
  }

  /**
   * The gate that is all that takes what a convolution gives.
   *
   * @param value the last node of the convolution
   * @param isDepthwise whose kernel runs hard swish alone
   */
  static Optional<Found> behind(WorkingGraph graph, NodeDef value, boolean isDepthwise) {
    List<NodeDef> takers = graph.takers(value);
    // The first step and the product.
    if (takers.size() != 2) {
      return Optional.empty();
    }
    return ALL.stream()
        .filter(gate -> !isDepthwise || gate.inConvolution.equals(HARD_SWISH))
        .flatMap(gate -> takers.stream().flatMap(first -> gate.find(graph, first).stream()))
        .filter(found -> found.value().equals(value.getName()))
        .findFirst();
  }

  /** The gate whose first step the node is, if nobody else takes what is between. */
  private Optional<Found> find(WorkingGraph graph, NodeDef first) {
    Optional<String> value =
        WorkingGraph.isPlain(first) ? steps.get(0).taken(graph, first) : Optional.empty();
    List<NodeDef> inside = new ArrayList<>();
    Optional<NodeDef> gate = value.map(name -> first);
    for (GateStep step : steps.subList(1, steps.size())) {
      gate.ifPresent(inside::add);
      gate = gate.flatMap(node -> step.behind(graph, node));
    }
    gate.ifPresent(inside::add);
    Optional<NodeDef> end =
        gate.flatMap(
            node ->
                graph
                    .onlyConsumer(node)
                    .filter(product -> isProduct(product, value.get(), node.getName())));
    for (GateStep step : behind) {
      end.ifPresent(inside::add);
      end = end.flatMap(node -> step.behind(graph, node));
    }
    return end.map(node -> new Found(this, value.get(), List.copyOf(inside), node));
  }

  private static boolean isProduct(NodeDef node, String value, String gate) {
    return node.getOp().equals("Mul")
        && node.getInputList().contains(value)
        && node.getInputList().contains(gate);
  }

  /**
   * The single ops, of which the last one has the node's name.
   *
   * @param node of any op, whose first input is the value
   */
  List<NodeDef> apart(NodeDef node) {
    DataType type = node.getAttrOrThrow(Convolution.TYPE).getType();
    NodeDefs nodes = new NodeDefs(node.getName() + "/");
    TensorId value = TensorId.parse(node.getInput(0));
    TensorId gate = value;
    for (GateStep step : steps) {
      gate = step.write(nodes, gate, type);
    }
    List<NodeDef> all = new ArrayList<>();
    nodes.nodes().forEach(step -> all.add(step.toBuilder().setDevice(node.getDevice()).build()));
    all.add(
        NodeDef.newBuilder()
            .setOp("Mul")
            .setName(node.getName())
            .setDevice(node.getDevice())
            .addInput(value.asInput())
            .addInput(gate.asInput())
            .putAttr(Convolution.TYPE, AttrValues.type(type))
            .build());
    return all;
  }

  /**
   * A gate in a graph.
   *
   * @param value name of what goes in
   * @param inside nodes that are of no use without it
   * @param end whose output is that of the gate
   */
  record Found(SelfGate gate, String value, List<NodeDef> inside, NodeDef end) {
    /** What a fused convolution calls it. */
    String inConvolution() {
      return gate.inConvolution;
    }

    /** Removes what is of no use any more; the end was replaced. */
    void removeInside(WorkingGraph graph) {
      for (int i = inside.size() - 1; i >= 0; i--) {
        graph.remove(inside.get(i));
      }
    }
  }
}
