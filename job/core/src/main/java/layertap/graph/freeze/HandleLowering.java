package layertap.graph.freeze;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.failure.GraphException;
import layertap.graph.NodeDefs;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/** Rewrites the nodes of one graph or function body that take handles of variables. */
final class HandleLowering {
  private final TensorNames names;
  private final Freezer freezer;
  private final Map<String, String> renames = new HashMap<>();
  private final List<NodeDef> added = new ArrayList<>();

  HandleLowering(TensorNames names, Freezer freezer) {
    this.names = names;
    this.freezer = freezer;
  }

  /**
   * The nodes with values in the place of handles.
   *
   * @param handles types of the values behind the handles, by tensor; those that nodes hand on are
   *     added
   */
  List<NodeDef> lower(List<NodeDef> nodes, Map<String, DataType> handles) {
    List<NodeDef> lowered = new ArrayList<>(nodes);
    boolean grows = true;
    while (grows) {
      int before = handles.size();
      for (int i = 0; i < lowered.size(); i++) {
        lowered.set(i, lower(nodes.get(i), handles));
      }
      grows = handles.size() > before;
    }
    lowered.addAll(added);
    return lowered.stream().map(this::withRenamedInputs).toList();
  }

  /** The name of a tensor after the rewriting. */
  String renamed(String tensor) {
    return renames.getOrDefault(tensor, tensor);
  }

  private NodeDef withRenamedInputs(NodeDef node) {
    if (renames.isEmpty() || node.getInputList().stream().noneMatch(renames::containsKey)) {
      return node;
    }
    return node.toBuilder()
        .clearInput()
        .addAllInput(node.getInputList().stream().map(this::renamed).toList())
        .build();
  }

  private NodeDef lower(NodeDef node, Map<String, DataType> handles) {
    Map<Integer, DataType> taken = new HashMap<>();
    for (int i = 0; i < node.getInputCount(); i++) {
      String input = node.getInput(i);
      if (!TensorId.isControl(input) && handles.containsKey(names.canonical(input))) {
        taken.put(i, handles.get(names.canonical(input)));
      }
    }
    return taken.isEmpty() ? node : lower(node, taken, handles);
  }

  private NodeDef lower(NodeDef node, Map<Integer, DataType> taken, Map<String, DataType> handles) {
    if (Ops.passesFirst(node)) {
      DataType dtype = taken.values().iterator().next();
      handles.put(output(node, "output", 0, 0), dtype);
      return node.toBuilder().putAttr("T", type(dtype)).build();
    }
    return switch (Ops.calls(node)) {
      case LOOP -> loop(node, taken, handles);
      case BRANCH -> branch(node, taken, handles);
      case CALL -> call(node, taken, handles);
      case NOTHING -> withValue(node, taken, handles);
    };
  }

  /** The node that does the same with the value in the place of the handle. */
  private NodeDef withValue(
      NodeDef node, Map<Integer, DataType> taken, Map<String, DataType> handles) {
    DataType dtype = taken.values().iterator().next();
    NodeDef.Builder copy = node.toBuilder();
    return switch (node.getOp()) {
      case "ReadVariableOp" -> {
        rename(node, "value", "output");
        yield copy.setOp("Identity").clearAttr().putAttr("T", type(dtype)).build();
      }
      case "ResourceGather" -> gather(node, dtype);
      case "ResourceGatherNd" ->
          copy.setOp("GatherNd").removeAttr("dtype").putAttr("Tparams", type(dtype)).build();
      case "VariableShape" -> copy.setOp("Shape").putAttr("T", type(dtype)).build();
      case "Switch" -> {
        handles.put(output(node, "output_false", 0, 0), dtype);
        handles.put(output(node, "output_true", 0, 1), dtype);
        yield copy.putAttr("T", type(dtype)).build();
      }
      case "IdentityN" -> {
        taken.forEach((i, each) -> handles.put(output(node, "output", i, i), each));
        yield copy.putAttr("T", changed(node, "T", taken, 0)).build();
      }
      default ->
          throw new GraphException(
              "cannot freeze the variable that '%s' uses: op %s changes it or hands it on"
                  .formatted(node.getName(), node.getOp()));
    };
  }

  private NodeDef gather(NodeDef node, DataType dtype) {
    if (node.getInputCount() < 2) {
      throw new GraphException(
          "cannot freeze the variable that '" + node.getName() + "' uses: it takes no indices");
    }
    String axis = node.getName() + "/layertap_axis";
    if (added.stream().noneMatch(constant -> constant.getName().equals(axis))) {
      NodeDefs constants = new NodeDefs("");
      // ResourceGather gathers along the first axis after those of the batch.
      AttrValue batch = node.getAttrOrDefault("batch_dims", AttrValue.getDefaultInstance());
      constants.scalar(axis, (int) batch.getI());
      added.addAll(constants.nodes());
    }
    NodeDef.Builder gather = node.toBuilder().setOp("GatherV2").clearInput();
    gather.addInput(node.getInput(0)).addInput(node.getInput(1));
    gather.addInput(names.output(axis, "output", 0, 0));
    node.getInputList().stream().filter(TensorId::isControl).forEach(gather::addInput);
    gather.removeAttr("dtype").removeAttr("validate_indices");
    return gather.putAttr("Tparams", type(dtype)).putAttr("Taxis", type(DataType.DT_INT32)).build();
  }

  private NodeDef loop(NodeDef node, Map<Integer, DataType> taken, Map<String, DataType> handles) {
    NodeDef.Builder copy = node.toBuilder();
    specialize(copy, "cond", taken);
    Map<Integer, DataType> returned = specialize(copy, "body", taken).returned();
    if (!returned.equals(taken)) {
      throw new GraphException(
          "cannot freeze the variables of the loop '%s': its steps exchange them"
              .formatted(node.getName()));
    }
    taken.forEach((i, dtype) -> handles.put(output(node, "output", i, i), dtype));
    copy.putAttr("T", changed(node, "T", taken, 0));
    AttrValue shapes = node.getAttrMap().get("output_shapes");
    if (shapes != null
        && shapes.getList().getShapeCount() == node.getAttrOrThrow("T").getList().getTypeCount()) {
      AttrValue.Builder open = shapes.toBuilder();
      TensorShapeProto unknown = TensorShape.unknown().toProto();
      taken.keySet().forEach(i -> open.getListBuilder().setShape(i, unknown));
      copy.putAttr("output_shapes", open.build());
    }
    return copy.build();
  }

  private NodeDef branch(
      NodeDef node, Map<Integer, DataType> taken, Map<String, DataType> handles) {
    Map<Integer, DataType> arguments = new HashMap<>();
    taken.forEach((i, dtype) -> arguments.put(i - 1, dtype));
    NodeDef.Builder copy = node.toBuilder();
    Set<Map<Integer, DataType>> returned = new HashSet<>();
    if (node.containsAttr("branches")) {
      AttrValue.Builder branches = node.getAttrMap().get("branches").toBuilder();
      for (NameAttrList.Builder branch : branches.getListBuilder().getFuncBuilderList()) {
        Freezer.Specialized frozen = freezer.specialize(branch.getName(), arguments);
        branch.setName(frozen.name());
        returned.add(frozen.returned());
      }
      copy.putAttr("branches", branches.build());
    } else {
      returned.add(specialize(copy, "then_branch", arguments).returned());
      returned.add(specialize(copy, "else_branch", arguments).returned());
    }
    if (returned.size() != 1) {
      throw new GraphException(
          ("cannot freeze the variables of the branch '%s': its functions return "
                  + "different ones")
              .formatted(node.getName()));
    }
    Map<Integer, DataType> handedOn = returned.iterator().next();
    handedOn.forEach((i, dtype) -> handles.put(output(node, "output", i, i), dtype));
    return copy.putAttr("Tin", changed(node, "Tin", taken, 1))
        .putAttr("Tout", changed(node, "Tout", handedOn, 0))
        .build();
  }

  private NodeDef call(NodeDef node, Map<Integer, DataType> taken, Map<String, DataType> handles) {
    NodeDef.Builder copy = node.toBuilder();
    Map<Integer, DataType> returned = specialize(copy, "f", taken).returned();
    returned.forEach((i, dtype) -> handles.put(output(node, "output", i, i), dtype));
    return copy.putAttr("Tin", changed(node, "Tin", taken, 0))
        .putAttr("Tout", changed(node, "Tout", returned, 0))
        .build();
  }

  private Freezer.Specialized specialize(
      NodeDef.Builder node, String attribute, Map<Integer, DataType> arguments) {
    AttrValue function = node.getAttrMap().getOrDefault(attribute, AttrValue.getDefaultInstance());
    Freezer.Specialized copy = freezer.specialize(function.getFunc().getName(), arguments);
    AttrValue.Builder changed = function.toBuilder();
    changed.getFuncBuilder().setName(copy.name());
    node.putAttr(attribute, changed.build());
    return copy;
  }

  private static AttrValue changed(
      NodeDef node, String attribute, Map<Integer, DataType> changes, int offset) {
    AttrValue.Builder changed =
        node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).toBuilder();
    changes.forEach(
        (i, dtype) -> {
          if (i < offset || i - offset >= changed.getList().getTypeCount()) {
            throw new GraphException(
                "cannot freeze the graph: '%s' does not list all types in '%s'"
                    .formatted(node.getName(), attribute));
          }
          changed.getListBuilder().setType(i - offset, dtype);
        });
    return changed.build();
  }

  private void rename(NodeDef node, String from, String to) {
    renames.put(output(node, from, 0, 0), output(node, to, 0, 0));
  }

  private String output(NodeDef node, String argument, int index, int position) {
    return names.output(node.getName(), argument, index, position);
  }

  private static AttrValue type(DataType dtype) {
    return AttrValue.newBuilder().setType(dtype).build();
  }
}
