package layertap.model.layers.keras;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.failure.UserException;
import layertap.model.saved.ModelFiles;
import layertap.model.saved.ModelFiles.ModelFile;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;

/**
 * What Keras 2 notes of each layer when it saves a model: a JSON text for each object of the object
 * graph, in {@code keras_metadata.pb} (message {@code SavedMetadata} of
 * "keras/protobuf/saved_metadata.proto"), before TensorFlow 2.5 in the object graph itself.
 */
public final class Keras2Metadata {
  private static final String FILE = "keras_metadata.pb";
  private static final int NODES = 1;
  private static final int NODE_ID = 2;
  private static final int METADATA = 5;

  private final Map<Integer, String> byObject;

  private Keras2Metadata(Map<Integer, String> byObject) {
    this.byObject = byObject;
  }

  /**
   * Reads it; empty if the model was not saved by Keras 2.
   *
   * @throws UserException if the file is damaged
   */
  public static Keras2Metadata read(ModelFiles files, SavedObjectGraph objects) {
    Optional<ModelFile> file =
        files.list().stream().filter(candidate -> candidate.path().equals(FILE)).findFirst();
    if (file.isEmpty()) {
      return fromObjects(objects);
    }
    try {
      return parse(files.read(FILE, 0, Math.toIntExact(file.get().length())));
    } catch (InvalidProtocolBufferException | ArithmeticException e) {
      throw new UserException(
          "cannot read the layers of %s: %s is damaged; copy or save the model again"
              .formatted(files.location(), FILE),
          e);
    }
  }

  private static Keras2Metadata parse(byte[] bytes) throws InvalidProtocolBufferException {
    Map<Integer, String> byObject = new HashMap<>();
    for (ByteString node :
        UnknownFieldSet.parseFrom(bytes).getField(NODES).getLengthDelimitedList()) {
      UnknownFieldSet fields = UnknownFieldSet.parseFrom(node);
      List<Long> ids = fields.getField(NODE_ID).getVarintList();
      List<ByteString> metadata = fields.getField(METADATA).getLengthDelimitedList();
      if (!metadata.isEmpty()) {
        int id = ids.isEmpty() ? 0 : ids.get(0).intValue();
        byObject.put(id, metadata.get(metadata.size() - 1).toStringUtf8());
      }
    }
    return new Keras2Metadata(byObject);
  }

  @SuppressWarnings("deprecation") // where TensorFlow 2.2 to 2.4 put it
  private static Keras2Metadata fromObjects(SavedObjectGraph objects) {
    Map<Integer, String> byObject = new HashMap<>();
    for (int i = 0; i < objects.getNodesCount(); i++) {
      SavedObject object = objects.getNodes(i);
      if (object.getUserObject().getIdentifier().startsWith("_tf_keras")) {
        byObject.put(i, object.getUserObject().getMetadata());
      }
    }
    return new Keras2Metadata(byObject);
  }

  boolean isPresent() {
    return !byObject.isEmpty();
  }

  /** The name of the layer that the object is. */
  public Optional<String> name(int object) {
    return text(object, "name");
  }

  /** The class of the layer that the object is. */
  public Optional<String> className(int object) {
    return text(object, "class_name");
  }

  /**
   * The layers of the model itself and their connections; empty for a subclassed model, and if not
   * every layer is named.
   */
  public Optional<Topology> topology() {
    try {
      Optional<String> model = Optional.ofNullable(byObject.get(0));
      return model.flatMap(TopologyParser::parse).filter(each -> each.unnamed().isEmpty());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Optional<String> text(int object, String field) {
    try {
      JsonNode value = PythonJson.MAPPER.readTree(byObject.getOrDefault(object, "{}")).path(field);
      return value.isTextual() ? Optional.of(value.asText()) : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
