package layertap.model.restore;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.HashMap;
import java.util.Map;
import layertap.failure.GraphException;
import layertap.graph.TensorId;
import layertap.model.restore.InitializerGraph.Restored;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SaveSliceInfoDef;
import org.tensorflow.proto.VariableDef;

/**
 * Variables of a graph without a restore op: a module of TensorFlow 1 Hub. Who loads one restores
 * each variable that the graph lists by its name, and each part of a partitioned one as a slice of
 * the whole.
 */
final class NamedVariables {
  private static final String COLLECTION = "variables";

  private NamedVariables() {}

  /**
   * Where each listed variable comes from, by the names of their nodes.
   *
   * @throws GraphException if the list is damaged
   */
  static Map<String, Restored> of(MetaGraphDef metaGraph) {
    Map<String, Restored> variables = new HashMap<>();
    CollectionDef listed =
        metaGraph.getCollectionDefOrDefault(COLLECTION, CollectionDef.getDefaultInstance());
    for (ByteString bytes : listed.getBytesList().getValueList()) {
      try {
        VariableDef variable = VariableDef.parseFrom(bytes);
        String node = TensorId.parse(variable.getVariableName()).node();
        variables.put(node, restored(node, variable));
      } catch (InvalidProtocolBufferException e) {
        throw new GraphException("the list of its variables is damaged");
      }
    }
    return variables;
  }

  private static Restored restored(String node, VariableDef variable) {
    if (!variable.hasSaveSliceInfoDef()) {
      return new Restored(node, "");
    }
    SaveSliceInfoDef slice = variable.getSaveSliceInfoDef();
    int rank = slice.getFullShapeCount();
    if (slice.getVarOffsetCount() != rank || slice.getVarShapeCount() != rank) {
      throw new GraphException("the list of its variables is damaged");
    }
    StringBuilder text = new StringBuilder();
    slice.getFullShapeList().forEach(size -> text.append(size).append(' '));
    for (int axis = 0; axis < rank; axis++) {
      text.append(axis == 0 ? "" : ":");
      text.append(slice.getVarOffset(axis)).append(',').append(slice.getVarShape(axis));
    }
    return new Restored(slice.getFullName(), text.toString());
  }
}
