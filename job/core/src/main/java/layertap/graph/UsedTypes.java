package layertap.graph;

import java.util.EnumSet;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Which dtypes a graph computes with. */
public final class UsedTypes {
  private UsedTypes() {}

  /** The dtypes that attributes of nodes name, those of functions too. */
  public static Set<DataType> of(GraphDef graph) {
    Set<DataType> types = EnumSet.noneOf(DataType.class);
    FunctionLibrary.allNodes(graph).forEach(node -> collect(node, types));
    return types;
  }

  private static void collect(NodeDef node, Set<DataType> types) {
    for (AttrValue value : node.getAttrMap().values()) {
      if (value.getValueCase() == AttrValue.ValueCase.TYPE) {
        types.add(value.getType());
      }
      types.addAll(value.getList().getTypeList());
    }
  }
}
