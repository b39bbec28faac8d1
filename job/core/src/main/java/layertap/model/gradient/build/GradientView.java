package layertap.model.gradient.build;

import java.util.ArrayList;
import java.util.List;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.cut.CutTap;
import layertap.model.gradient.GradientForm;
import layertap.model.gradient.GradientForm.GradCam;
import layertap.model.gradient.GradientForm.Integrated;
import layertap.model.gradient.GradientTarget;
import layertap.model.select.Tap;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** Makes a feature of derivatives: their products, their integral, or a map. */
final class GradientView {
  private final GraphIndex graph;
  private final GradientTarget target;
  private final int number;

  /**
   * Prepares a feature.
   *
   * @param graph that computes the derivatives
   * @param number among the features
   */
  GradientView(GraphIndex graph, GradientTarget target, int number) {
    this.graph = graph;
    this.target = target;
    this.number = number;
  }

  /** The feature, with its ops added to those that there are. */
  CutTap add(ScorePass pass, List<TensorId> gradients, List<NodeDef> added) {
    String prefix = "layertap_view_%s/".formatted(number);
    CutTap first = target.wrt().get(0);
    // Sums of products of numbers of 16 bits would lose what such numbers can hold.
    DataType dtype = Dtype.isShortFloat(first.dtype()) ? DataType.DT_FLOAT : first.dtype();
    NodeDefs nodes = new NodeDefs(prefix);
    List<TensorId> derived = gradients(pass, gradients, first.dtype(), dtype, prefix, nodes, added);
    FormOps ops = new FormOps(nodes, dtype);
    TensorId value;
    TensorShape shape = first.shape();
    DataType given = dtype;
    if (target.form() instanceof GradientForm.TimesInput) {
      List<TensorId> values = values(pass, first.dtype(), dtype, nodes);
      List<TensorId> products = new ArrayList<>();
      for (int i = 0; i < values.size(); i++) {
        products.add(ops.product("product_" + i, derived.get(i), values.get(i)));
      }
      value = ops.sum(products);
    } else if (target.form() instanceof GradCam map) {
      List<TensorId> values = values(pass, first.dtype(), dtype, nodes);
      value = ops.map(values, derived, shape.sizes().size());
      shape = FormOps.shapeOfMap(shape, map.size());
      if (!map.size().isEmpty()) {
        value = ops.resized(value, map.size());
        given = DataType.DT_FLOAT;
      }
    } else {
      value = ops.sum(derived);
    }
    added.addAll(nodes.nodes());
    return new CutTap(tap(first.tap()), value, given, shape);
  }

  private Tap tap(Tap first) {
    return new Tap(target.text(), first.layer(), first.tensor(), first.columnName());
  }

  /** The values of the tensors, in the dtype in which is computed. */
  private List<TensorId> values(ScorePass pass, DataType given, DataType dtype, NodeDefs nodes) {
    List<TensorId> values = new ArrayList<>();
    for (CutTap wrt : target.wrt()) {
      boolean isView = !wrt.fetch().equals(wrt.computed());
      // What is differentiated is computed in any case.
      TensorId value = isView ? wrt.fetch() : pass.tensor(wrt.computed());
      values.add(
          given == dtype ? value : nodes.cast("value_" + values.size(), value, given, dtype));
    }
    return values;
  }

  /**
   * The derivatives, or their integrals, with the rows first and in the dtype that is computed in.
   */
  private List<TensorId> gradients(
      ScorePass pass,
      List<TensorId> gradients,
      DataType given,
      DataType dtype,
      String prefix,
      NodeDefs nodes,
      List<NodeDef> added) {
    List<TensorId> derived = gradients;
    if (target.form() instanceof Integrated form) {
      List<TensorId> wrt = target.wrt().stream().map(tap -> pass.tensor(tap.computed())).toList();
      requireApart(wrt);
      PathIntegral integral =
          new PathIntegral(graph, prefix + "path/", pass.score().seed(), wrt, form, given, dtype);
      derived = integral.add(gradients);
      added.addAll(integral.nodes());
    } else if (given != dtype) {
      derived = new ArrayList<>();
      for (TensorId gradient : gradients) {
        derived.add(nodes.cast("gradient_" + derived.size(), gradient, given, dtype));
      }
    }
    RowsOfGradient rows = new RowsOfGradient(graph.graph(), prefix);
    List<TensorId> first = new ArrayList<>();
    for (int i = 0; i < derived.size(); i++) {
      first.add(rows.of(target.wrt().get(i), derived.get(i), dtype));
    }
    added.addAll(rows.nodes());
    return first;
  }

  /** On a straight line one tensor cannot move where another one takes it. */
  private void requireApart(List<TensorId> wrt) {
    for (TensorId one : wrt) {
      for (TensorId other : wrt) {
        if (!one.equals(other) && PartBetween.isBelow(graph, one, other)) {
          throw new UserException(
              ("cannot integrate the %s: %s is computed from %s, so they have no straight line"
                      + " together; name one of them in wrt")
                  .formatted(target.text(), one, other));
        }
      }
    }
  }
}
