package layertap.graph;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Reads the values of {@code Const} nodes. */
public final class TensorValues {
  private TensorValues() {}

  /** The strings of a constant, empty if the node is no constant of strings. */
  public static List<String> strings(NodeDef node) {
    return value(node).getStringValList().stream().map(ByteString::toStringUtf8).toList();
  }

  /** The value of a constant of one {@code int32}, if the node is that. */
  public static OptionalInt scalarInt(NodeDef node) {
    TensorProto value = value(node);
    if (value.getDtype() != DataType.DT_INT32 || elementCount(value.getTensorShape()) != 1) {
      return OptionalInt.empty();
    }
    if (value.getTensorContent().size() == Integer.BYTES) {
      ByteBuffer bytes = value.getTensorContent().asReadOnlyByteBuffer();
      return OptionalInt.of(bytes.order(ByteOrder.LITTLE_ENDIAN).getInt());
    }
    return value.getIntValCount() == 1 ? OptionalInt.of(value.getIntVal(0)) : OptionalInt.empty();
  }

  private static TensorProto value(NodeDef node) {
    return Ops.isConstant(node)
        ? node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor()
        : TensorProto.getDefaultInstance();
  }

  private static long elementCount(TensorShapeProto shape) {
    return shape.getDimList().stream()
        .mapToLong(TensorShapeProto.Dim::getSize)
        .reduce(1, (a, b) -> a * b);
  }
}
