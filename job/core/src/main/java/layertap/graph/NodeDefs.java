package layertap.graph;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.VersionDef;

/** Builds small graphs node by node. Not thread-safe. */
public final class NodeDefs {
  /** The GraphDef version of TensorFlow 2.18 ("core/public/version.h"). */
  private static final int PRODUCER = 1994;

  private final List<NodeDef> nodes = new ArrayList<>();
  private final String prefix;

  /**
   * Starts without nodes.
   *
   * @param prefix before the names of all nodes, empty or ending in {@code /}
   */
  public NodeDefs(String prefix) {
    this.prefix = prefix;
  }

  /** The nodes so far. */
  public List<NodeDef> nodes() {
    return List.copyOf(nodes);
  }

  /** A graph of the nodes so far. */
  public GraphDef toGraph() {
    return GraphDef.newBuilder()
        .setVersions(VersionDef.newBuilder().setProducer(PRODUCER))
        .addAllNode(nodes)
        .build();
  }

  /** Starts a node; {@link Node#add} ends it. */
  public Node node(String op, String name, TensorId... inputs) {
    NodeDef.Builder node = NodeDef.newBuilder().setOp(op).setName(prefix + name);
    for (TensorId input : inputs) {
      node.addInput(input.asInput());
    }
    return new Node(node);
  }

  /** A node whose attributes are being set. */
  public final class Node {
    private final NodeDef.Builder node;

    private Node(NodeDef.Builder node) {
      this.node = node;
    }

    public Node attribute(String name, DataType type) {
      node.putAttr(name, AttrValue.newBuilder().setType(type).build());
      return this;
    }

    public Node attribute(String name, boolean value) {
      node.putAttr(name, AttrValue.newBuilder().setB(value).build());
      return this;
    }

    public Node attribute(String name, long value) {
      node.putAttr(name, AttrValue.newBuilder().setI(value).build());
      return this;
    }

    public Node attribute(String name, String value) {
      node.putAttr(name, AttrValue.newBuilder().setS(ByteString.copyFromUtf8(value)).build());
      return this;
    }

    public Node attribute(String name, List<Long> values) {
      AttrValue.ListValue list = AttrValue.ListValue.newBuilder().addAllI(values).build();
      node.putAttr(name, AttrValue.newBuilder().setList(list).build());
      return this;
    }

    public Node attribute(String name, AttrValue value) {
      node.putAttr(name, value);
      return this;
    }

    public Node attribute(String name, TensorShape value) {
      node.putAttr(name, AttrValue.newBuilder().setShape(value.toProto()).build());
      return this;
    }

    /** Ends the node and names its output 0. */
    public TensorId add() {
      nodes.add(node.build());
      return new TensorId(node.getName(), 0);
    }
  }

  /** A cast from one dtype to another. */
  public TensorId cast(String name, TensorId value, DataType from, DataType to) {
    return node("Cast", name, value).attribute("SrcT", from).attribute("DstT", to).add();
  }

  /** The same values in another shape. */
  public TensorId reshape(String name, TensorId value, DataType dtype, TensorId sizes) {
    return node("Reshape", name, value, sizes)
        .attribute("T", dtype)
        .attribute("Tshape", DataType.DT_INT32)
        .add();
  }

  /** The sizes of a tensor's axes, as {@code int32}. */
  public TensorId sizes(String name, TensorId value, DataType dtype) {
    return node("Shape", name, value)
        .attribute("T", dtype)
        .attribute("out_type", DataType.DT_INT32)
        .add();
  }

  /**
   * Zeros around a tensor.
   *
   * @param counts before and behind each of its axes
   */
  public TensorId padded(String name, TensorId value, DataType dtype, int... counts) {
    TensorId sizes = vector(name + "_sizes", counts.length / 2, 2);
    TensorId listed = vector(name + "_listed", counts);
    TensorId paddings = reshape(name + "_counts", listed, DataType.DT_INT32, sizes);
    return node("Pad", name, value, paddings)
        .attribute("T", dtype)
        .attribute("Tpaddings", DataType.DT_INT32)
        .add();
  }

  /** The sum of tensors of one shape. */
  public TensorId sum(String name, List<TensorId> terms, DataType dtype) {
    return node("AddN", name, terms.toArray(TensorId[]::new))
        .attribute("N", terms.size())
        .attribute("T", dtype)
        .add();
  }

  /** A constant of one {@code int32}. */
  public TensorId scalar(String name, int value) {
    return constant(name, DataType.DT_INT32, TensorShape.of(List.of()), bytesOf(value));
  }

  /** A constant of one {@code float32}. */
  public TensorId scalar(String name, float value) {
    return constant(name, DataType.DT_FLOAT, TensorShape.of(List.of()), bytesOf(value));
  }

  /** A constant vector of {@code int32}. */
  public TensorId vector(String name, int... values) {
    return constant(name, DataType.DT_INT32, lengthOf(values.length), bytesOf(values));
  }

  /** A constant vector of {@code float32}. */
  public TensorId vector(String name, float... values) {
    return constant(name, DataType.DT_FLOAT, lengthOf(values.length), bytesOf(values));
  }

  private static TensorShape lengthOf(int length) {
    return TensorShape.of(List.of((long) length));
  }

  private static ByteBuffer bytesOf(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(values);
    return bytes;
  }

  private static ByteBuffer bytesOf(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }

  private TensorId constant(String name, DataType dtype, TensorShape shape, ByteBuffer bytes) {
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(dtype)
            .setTensorShape(shape.toProto())
            .setTensorContent(ByteString.copyFrom(bytes))
            .build();
    Node node = node("Const", name).attribute("dtype", dtype);
    node.node.putAttr("value", AttrValue.newBuilder().setTensor(tensor).build());
    return node.add();
  }
}
