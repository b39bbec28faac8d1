package layertap.model.saved;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import layertap.failure.GraphException;
import layertap.failure.UserException;
import layertap.model.saved.ModelFiles.ModelFile;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;

/** Reads {@code saved_model.pb} and picks the MetaGraph and the SignatureDef that are asked for. */
public final class SavedModelReader {
  static final String FILE = "saved_model.pb";

  private static final String INITIALIZER = "__saved_model_init_op";

  private SavedModelReader() {}

  /**
   * The MetaGraphs of a SavedModel, in their order.
   *
   * @throws UserException if the directory is missing, is no SavedModel, or is damaged
   */
  public static List<MetaGraphDef> readMetaGraphs(ModelFiles files) {
    if (!files.exists()) {
      throw NoSavedModel.missing(files);
    }
    List<ModelFile> list = files.list();
    ModelFile file =
        list.stream()
            .filter(candidate -> candidate.path().equals(FILE))
            .findFirst()
            .orElseThrow(() -> NoSavedModel.otherFiles(files, list));
    if (file.length() > Integer.MAX_VALUE - 8) {
      throw new UserException(
          ("cannot read the model %s: saved_model.pb has %s bytes, more than a protocol "
                  + "buffer holds; export the model again")
              .formatted(files.location(), file.length()));
    }
    byte[] bytes = files.read(FILE, 0, (int) file.length());
    try {
      List<MetaGraphDef> metaGraphs = SavedModel.parseFrom(bytes).getMetaGraphsList();
      if (metaGraphs.isEmpty()) {
        throw new InvalidProtocolBufferException("no MetaGraph");
      }
      return metaGraphs;
    } catch (InvalidProtocolBufferException e) {
      throw NoSavedModel.damaged(files, bytes, e);
    }
  }

  /**
   * The MetaGraph with exactly these tags.
   *
   * @throws UserException if there is none
   */
  public static MetaGraphDef select(
      List<MetaGraphDef> metaGraphs, Collection<String> tags, String location) {
    for (MetaGraphDef metaGraph : metaGraphs) {
      if (new HashSet<>(metaGraph.getMetaInfoDef().getTagsList()).equals(new HashSet<>(tags))) {
        return metaGraph;
      }
    }
    String present =
        metaGraphs.stream()
            .map(metaGraph -> metaGraph.getMetaInfoDef().getTagsList().toString())
            .collect(Collectors.joining(" and "));
    throw new UserException(
        "cannot use the tags %s of %s: it has %s; set model.tags to one of them"
            .formatted(tags, location, present));
  }

  /** The names of the signatures that can be run, sorted. */
  public static List<String> signatureNames(MetaGraphDef metaGraph) {
    List<String> names = new ArrayList<>(new TreeSet<>(metaGraph.getSignatureDefMap().keySet()));
    names.remove(INITIALIZER);
    return names;
  }

  /**
   * The signature of that name.
   *
   * @throws UserException if there is none, or it is damaged
   */
  public static Signature signature(MetaGraphDef metaGraph, String name, String location) {
    if (!metaGraph.getSignatureDefMap().containsKey(name)) {
      List<String> names = signatureNames(metaGraph);
      throw new UserException(
          "cannot use the signature '%s' of %s: it has %s%s"
              .formatted(
                  name,
                  location,
                  names.isEmpty() ? "none" : String.join(", ", names),
                  names.isEmpty()
                      ? "; export the model with a signature"
                      : "; set model.signature to one of them"));
    }
    try {
      return Signature.of(name, metaGraph.getSignatureDefOrThrow(name));
    } catch (GraphException e) {
      throw new UserException(
          "cannot use the signature '%s' of %s: %s; the model is damaged, export it again"
              .formatted(name, location, e.getMessage()),
          e);
    }
  }
}
