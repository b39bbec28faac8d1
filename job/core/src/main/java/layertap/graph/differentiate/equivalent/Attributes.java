package layertap.graph.differentiate.equivalent;

import java.util.List;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** Attributes of nodes; of one that a node lacks the value is empty. */
final class Attributes {
  private Attributes() {}

  static String text(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance()).getS().toStringUtf8();
  }

  static List<Long> numbers(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance()).getList().getIList();
  }
}
