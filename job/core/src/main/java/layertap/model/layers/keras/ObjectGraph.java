package layertap.model.layers.keras;

import java.util.List;
import java.util.OptionalInt;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedVariable;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject.ObjectReference;

/** The objects that a SavedModel keeps. The file may be damaged: a child may name no object. */
public record ObjectGraph(SavedObjectGraph graph) {
  public static final int ROOT = 0;

  public boolean isEmpty() {
    return graph.getNodesCount() == 0;
  }

  public SavedObject object(int id) {
    return graph.getNodes(id);
  }

  /** What the object refers to. */
  public List<ObjectReference> children(int id) {
    return object(id).getChildrenList().stream()
        .filter(reference -> contains(reference.getNodeId()))
        .toList();
  }

  public OptionalInt child(int id, String name) {
    return children(id).stream()
        .filter(reference -> reference.getLocalName().equals(name))
        .mapToInt(ObjectReference::getNodeId)
        .findFirst();
  }

  /** What the list holds; some of its numbers may be missing. */
  public List<Integer> elements(int list) {
    return children(list).stream()
        .filter(reference -> reference.getLocalName().chars().allMatch(Character::isDigit))
        .sorted((a, b) -> Integer.compare(number(a), number(b)))
        .map(ObjectReference::getNodeId)
        .toList();
  }

  public boolean isVariable(int id) {
    return object(id).getKindCase() == SavedObject.KindCase.VARIABLE;
  }

  public SavedVariable variable(int id) {
    return object(id).getVariable();
  }

  /** How many values the variable holds; see {@link #elementCount}. */
  public long variableSize(int id) {
    return elementCount(variable(id).getShape());
  }

  /**
   * How many values a variable of that shape holds. Of sizes that are open it is none: as Keras 2
   * counts the boundaries of a Discretization, which are as many as the data made them.
   */
  public static long elementCount(TensorShapeProto shape) {
    return shape.getUnknownRank()
        ? 0
        : shape.getDimList().stream()
            .mapToLong(dimension -> Math.max(0, dimension.getSize()))
            .reduce(1, (a, b) -> a * b);
  }

  private static int number(ObjectReference reference) {
    String digits = reference.getLocalName();
    return digits.isEmpty() || digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
  }

  private boolean contains(int id) {
    return id >= 0 && id < graph.getNodesCount();
  }
}
