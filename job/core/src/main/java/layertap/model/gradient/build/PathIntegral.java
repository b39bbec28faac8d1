package layertap.model.gradient.build;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.model.gradient.GradientForm.Integrated;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Integrates a derivative along the straight line from a baseline to a tensor's value, in a loop
 * that holds a copy of what lies between the tensor and the derivative, so that memory does not
 * grow with the number of steps.
 *
 * <pre>
 *   Enter ─▶ Merge ─▶ Switch ─▶ baseline + step / steps · (x − baseline) ─▶ copy ─▶ gradient ─▶ sum
 *              ▲        └▶ Exit ─▶ mean · (x − baseline)                                          │
 *              └─ NextIteration ◀─────────────────────────────────────────────────────────────────┘
 * </pre>
 */
final class PathIntegral {
  private final GraphIndex graph;
  private final String prefix;
  private final NodeDefs nodes;
  private final List<NodeDef> copies = new ArrayList<>();
  private final List<TensorId> wrt;
  private final TensorId seed;
  private final Integrated form;
  private final DataType given;
  private final DataType dtype;
  private final LoopFrame frame;

  /**
   * Prepares a loop.
   *
   * @param graph that computes the derivatives
   * @param prefix begins the names of what is added, ends in a slash
   * @param seed with which the backward pass begins; it is the same at all steps
   * @param wrt tensors by which is differentiated, none of them computed from another
   * @param given their dtype
   * @param dtype in which is computed
   */
  PathIntegral(
      GraphIndex graph,
      String prefix,
      TensorId seed,
      List<TensorId> wrt,
      Integrated form,
      DataType given,
      DataType dtype) {
    this.graph = graph;
    this.prefix = prefix;
    this.nodes = new NodeDefs(prefix);
    this.frame = new LoopFrame(nodes, prefix);
    this.seed = seed;
    this.wrt = List.copyOf(wrt);
    this.form = form;
    this.given = given;
    this.dtype = dtype;
  }

  /** What was added. */
  List<NodeDef> nodes() {
    List<NodeDef> all = new ArrayList<>(nodes.nodes());
    all.addAll(copies);
    return all;
  }

  /** The integrated derivatives, each of the shape of its tensor. */
  List<TensorId> add(List<TensorId> gradients) {
    TensorId baseline = cast("baseline", nodes.scalar("baseline", (float) form.baseline()));
    List<TensorId> ways = new ArrayList<>();
    List<LoopFrame.Carried> sums = new ArrayList<>();
    LoopFrame.Carried step =
        frame.carried("step", nodes.scalar("first_step", 0), DataType.DT_INT32);
    for (int i = 0; i < wrt.size(); i++) {
      TensorId value = given == dtype ? wrt.get(i) : nodes.cast("x_" + i, wrt.get(i), given, dtype);
      ways.add(typed("Sub", "way_" + i, value, baseline));
      TensorId zeros = nodes.node("ZerosLike", "zeros_" + i, value).attribute("T", dtype).add();
      sums.add(frame.carried("sum_" + i, zeros, dtype));
    }
    TensorId limit = frame.capture(nodes.scalar("points", form.steps() + 1), DataType.DT_INT32);
    TensorId isInside =
        nodes
            .node("Less", "is_inside", step.merged(), limit)
            .attribute("T", DataType.DT_INT32)
            .add();
    TensorId isOn = nodes.node("LoopCond", "is_on", isInside).add();
    step.branch(isOn);
    sums.forEach(sum -> sum.branch(isOn));

    Map<TensorId, TensorId> inLoop = points(step, baseline, ways);
    TensorId weight =
        nodes
            .node(
                "GatherV2",
                "weight",
                frame.capture(cast("weights", nodes.vector("weights", weights())), dtype),
                step.inside(),
                frame.capture(nodes.scalar("weights_axis", 0), DataType.DT_INT32))
            .attribute("Tparams", dtype)
            .attribute("Tindices", DataType.DT_INT32)
            .attribute("Taxis", DataType.DT_INT32)
            .add();
    copy(PartBetween.of(graph, wrt, seed, gradients), inLoop);
    for (int i = 0; i < wrt.size(); i++) {
      TensorId gradient = taken(gradients.get(i), inLoop);
      TensorId real =
          given == dtype ? gradient : nodes.cast("gradient_" + i, gradient, given, dtype);
      TensorId weighted = typed("Mul", "weighted_" + i, real, weight);
      sums.get(i).next(typed("AddV2", "added_" + i, sums.get(i).inside(), weighted));
    }
    TensorId one = frame.capture(nodes.scalar("one", 1), DataType.DT_INT32);
    step.next(
        nodes.node("AddV2", "next", step.inside(), one).attribute("T", DataType.DT_INT32).add());
    return IntStream.range(0, wrt.size())
        .mapToObj(i -> result(i, sums.get(i), ways.get(i)))
        .toList();
  }

  /** The trapezoidal rule counts the ends half. */
  private float[] weights() {
    float[] weights = new float[form.steps() + 1];
    Arrays.fill(weights, 1f);
    weights[0] = 0.5f;
    weights[form.steps()] = 0.5f;
    return weights;
  }

  private TensorId result(int i, LoopFrame.Carried sum, TensorId way) {
    TensorId steps = cast("steps_" + i, nodes.scalar("steps_" + i, (float) form.steps()));
    TensorId mean = typed("RealDiv", "mean_" + i, sum.left(), steps);
    return typed("Mul", "integrated_" + i, mean, way);
  }

  /** What stands for the tensors at a step. */
  private Map<TensorId, TensorId> points(
      LoopFrame.Carried step, TensorId baseline, List<TensorId> ways) {
    TensorId number = nodes.cast("number", step.inside(), DataType.DT_INT32, dtype);
    TensorId steps = cast("steps", nodes.scalar("steps", (float) form.steps()));
    TensorId part = typed("RealDiv", "part", number, frame.capture(steps, dtype));
    Map<TensorId, TensorId> points = new LinkedHashMap<>();
    for (int i = 0; i < wrt.size(); i++) {
      TensorId gone = typed("Mul", "gone_" + i, frame.capture(ways.get(i), dtype), part);
      TensorId point = typed("AddV2", "point_" + i, gone, frame.capture(baseline, dtype));
      points.put(
          wrt.get(i), given == dtype ? point : nodes.cast("given_" + i, point, dtype, given));
    }
    return points;
  }

  private TensorId typed(String op, String name, TensorId left, TensorId right) {
    return nodes.node(op, name, left, right).attribute("T", dtype).add();
  }

  private TensorId cast(String name, TensorId value) {
    return dtype == DataType.DT_FLOAT
        ? value
        : nodes.cast(name + "_cast", value, DataType.DT_FLOAT, dtype);
  }

  private void copy(Set<Integer> between, Map<TensorId, TensorId> inLoop) {
    for (int position : between) {
      String name = graph.node(position).getName();
      for (int output = 0; output < graph.outputTypes(position).size(); output++) {
        inLoop.putIfAbsent(
            new TensorId(name, output), new TensorId(prefix + "copy/" + name, output));
      }
    }
    for (int position = 0; position < graph.size(); position++) {
      if (between.contains(position)) {
        NodeDef node = graph.node(position);
        NodeDef.Builder copy =
            node.toBuilder()
                .setName(prefix + "copy/" + node.getName())
                .clearInput()
                .removeAttr("_class");
        graph
            .inputTensors(position)
            .forEach(tensor -> copy.addInput(taken(tensor, inLoop).asInput()));
        copies.add(copy.build());
      }
    }
  }

  private TensorId taken(TensorId tensor, Map<TensorId, TensorId> inLoop) {
    TensorId inside = inLoop.get(tensor);
    return inside == null ? frame.capture(tensor, graph.type(tensor)) : inside;
  }
}
