package layertap.graph.check;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.failure.GraphException;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Checks the attributes of single nodes against the definitions of their ops. */
final class NodeCheck {
  /** TensorFlow counts axes in a byte, two values of which it uses otherwise. */
  private static final int MAX_RANK = 254;

  private static final String PARALLEL = "parallel_iterations";

  /** TensorFlow keeps a place for each of them; that of the most, one more, overflows. */
  private static final int MAX_PARALLEL = 1_000_000;

  private static final int DT_REF_OFFSET = 100;

  private final OpDefinitions ops;
  private final Set<String> functions;

  /**
   * Checks nodes of one graph.
   *
   * @param functions names that may stand in the place of an op
   */
  NodeCheck(OpDefinitions ops, Set<String> functions) {
    this.ops = ops;
    this.functions = functions;
  }

  /**
   * Checks all that can be said of a node without its neighbours.
   *
   * @throws GraphException names the node and the attribute
   */
  void check(NodeDef node) {
    if (functions.contains(node.getOp())) {
      return;
    }
    OpDef op =
        ops.find(node.getOp()).orElseThrow(() -> wrong(node, "there is no op " + node.getOp()));
    Map<String, OpDef.AttrDef> declared = new HashMap<>();
    op.getAttrList().forEach(attribute -> declared.put(attribute.getName(), attribute));
    for (OpDef.AttrDef attribute : op.getAttrList()) {
      AttrValue value = node.getAttrMap().get(attribute.getName());
      if (value == null && attribute.hasDefaultValue()) {
        continue;
      }
      if (value == null) {
        requireIsVariable(node, attribute);
        continue;
      }
      if (!fits(attribute, value)) {
        throw wrong(node, "its attribute '" + attribute.getName() + "' is not what its op takes");
      }
    }
    AttrValue parallel = node.getAttrOrDefault(PARALLEL, AttrValue.getDefaultInstance());
    if (node.containsAttr(PARALLEL) && (parallel.getI() < 1 || parallel.getI() > MAX_PARALLEL)) {
      throw wrong(node, "it runs " + parallel.getI() + " steps at once");
    }
    if (Ops.isConstant(node) && node.containsAttr("value")) {
      checkConstant(node, node.getAttrOrThrow("value").getTensor());
    }
  }

  /** Constants that stand for variables take their values later. */
  private static void requireIsVariable(NodeDef node, OpDef.AttrDef attribute) {
    if (!Ops.isConstant(node) || !attribute.getName().equals("value")) {
      throw wrong(node, "it lacks the attribute '" + attribute.getName() + "'");
    }
  }

  private static boolean fits(OpDef.AttrDef attribute, AttrValue value) {
    String type = attribute.getType();
    if (value.getValueCase() == AttrValue.ValueCase.PLACEHOLDER) {
      return true;
    }
    if (type.startsWith("list(")) {
      return fitsList(attribute, type.substring("list(".length(), type.length() - 1), value);
    }
    AttrValue.ValueCase wanted =
        switch (type) {
          case "int" -> AttrValue.ValueCase.I;
          case "float" -> AttrValue.ValueCase.F;
          case "bool" -> AttrValue.ValueCase.B;
          case "string" -> AttrValue.ValueCase.S;
          case "type" -> AttrValue.ValueCase.TYPE;
          case "shape" -> AttrValue.ValueCase.SHAPE;
          case "tensor" -> AttrValue.ValueCase.TENSOR;
          case "func" -> AttrValue.ValueCase.FUNC;
          default -> value.getValueCase();
        };
    if (value.getValueCase() != wanted) {
      return false;
    }
    AttrValue.ListValue allowed = attribute.getAllowedValues().getList();
    return switch (wanted) {
      case I -> !attribute.getHasMinimum() || value.getI() >= attribute.getMinimum();
      case S -> allowed.getSCount() == 0 || allowed.getSList().contains(value.getS());
      case TYPE -> isAllowed(value.getType(), allowed);
      case SHAPE -> isShape(value.getShape());
      case TENSOR -> isShape(value.getTensor().getTensorShape());
      default -> true;
    };
  }

  private static boolean fitsList(OpDef.AttrDef attribute, String type, AttrValue value) {
    AttrValue.ListValue list = value.getList();
    AttrValue.ListValue allowed = attribute.getAllowedValues().getList();
    int count =
        switch (type) {
          case "int" -> list.getICount();
          case "float" -> list.getFCount();
          case "bool" -> list.getBCount();
          case "string" -> list.getSCount();
          case "type" -> list.getTypeCount();
          case "shape" -> list.getShapeCount();
          case "tensor" -> list.getTensorCount();
          case "func" -> list.getFuncCount();
          default -> 0;
        };
    return value.getValueCase() == AttrValue.ValueCase.LIST
        && (!attribute.getHasMinimum() || count >= attribute.getMinimum())
        && list.getTypeList().stream().allMatch(dtype -> isAllowed(dtype, allowed))
        && list.getShapeList().stream().allMatch(NodeCheck::isShape);
  }

  private static boolean isAllowed(DataType dtype, AttrValue.ListValue allowed) {
    return dtype != DataType.DT_INVALID
        && dtype != DataType.UNRECOGNIZED
        && dtype.getNumber() < DT_REF_OFFSET
        && (allowed.getTypeCount() == 0 || allowed.getTypeList().contains(dtype));
  }

  /** Whether TensorFlow can hold the shape: beyond these bounds it ends the process. */
  static boolean isShape(TensorShapeProto shape) {
    long elements = 1;
    for (TensorShapeProto.Dim dimension : shape.getDimList()) {
      long size = dimension.getSize();
      if (size < TensorShape.UNKNOWN || (size > 0 && elements > Long.MAX_VALUE / 16 / size)) {
        return false;
      }
      elements *= Math.max(1, size);
    }
    return shape.getDimCount() <= MAX_RANK;
  }

  private static void checkConstant(NodeDef node, TensorProto value) {
    DataType dtype = node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance()).getType();
    if (value.getDtype() != dtype) {
      throw wrong(node, "it is of " + dtype + ", its value of " + value.getDtype());
    }
    List<TensorShapeProto.Dim> dimensions = value.getTensorShape().getDimList();
    if (value.getTensorShape().getUnknownRank()
        || dimensions.stream().anyMatch(dimension -> dimension.getSize() < 0)) {
      throw wrong(node, "the shape of its value is open");
    }
    long elements =
        dimensions.stream().mapToLong(TensorShapeProto.Dim::getSize).reduce(1, (a, b) -> a * b);
    if (elements > Integer.MAX_VALUE) {
      throw wrong(node, "its value has " + elements + " elements");
    }
  }

  private static GraphException wrong(NodeDef node, String fact) {
    return new GraphException(
        "node '" + node.getName() + "' (" + node.getOp() + ") is damaged: " + fact);
  }
}
