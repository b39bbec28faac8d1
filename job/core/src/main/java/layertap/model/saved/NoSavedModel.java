package layertap.model.saved;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import layertap.failure.UserException;
import layertap.model.saved.ModelFiles.ModelFile;

/** Says what stands where a SavedModel should, and what to name instead. */
final class NoSavedModel {
  /** Other formats of models, which are files. */
  private static final Pattern LOOKS_LIKE_FILE =
      Pattern.compile("\\.(keras|h5|hdf5|pb|pbtxt|tflite|onnx|json|zip)$");

  private static final Pattern ARCHIVE = Pattern.compile("\\.(zip|tar|tgz|tar\\.\\w+)$");

  private static final Pattern KERAS = Pattern.compile("\\.(keras|h5|hdf5)$");

  /** What a SavedModel has beside its saved_model.pb. */
  private static final Pattern INSIDE =
      Pattern.compile("(.*)/(variables|assets|assets\\.extra)/*$");

  private NoSavedModel() {}

  /** Where there is no directory. */
  static UserException missing(ModelFiles files) {
    String location = files.location();
    if (files.isFile()) {
      return new UserException(
          "cannot read the model %s: it is a file, not a directory; %s"
              .formatted(location, insteadOfFile(location)));
    }
    return new UserException(
        "cannot read the model %s: there is no such directory; check model.path%s"
            .formatted(
                location,
                LOOKS_LIKE_FILE.matcher(location).find()
                    ? ", which names a SavedModel's directory: model.export(…) and"
                        + " tf.saved_model.save(…) write one"
                    : ""));
  }

  private static String insteadOfFile(String location) {
    int slash = location.lastIndexOf('/');
    if (location.substring(slash + 1).equals(SavedModelReader.FILE)) {
      return "name the one that the file is in, %s"
          .formatted(slash < 0 ? "." : location.substring(0, Math.max(1, slash)));
    }
    if (ARCHIVE.matcher(location).find()) {
      return "unpack it, and name the directory with saved_model.pb in it";
    }
    return KERAS.matcher(location).find()
        ? "load it in Keras, write a SavedModel with model.export(…), and name its directory"
        : "name a SavedModel's: model.export(…) and tf.saved_model.save(…) write one";
  }

  /** Where a directory has other files. */
  static UserException otherFiles(ModelFiles files, List<ModelFile> list) {
    boolean isText = list.stream().anyMatch(file -> file.path().equals("saved_model.pbtxt"));
    List<String> names = list.stream().map(ModelFile::path).limit(5).toList();
    String remedy =
        isText
            ? "convert saved_model.pbtxt to saved_model.pb"
            : ("name the directory that model.export(…), model.save(…) or "
                    + "tf.saved_model.save(…) wrote%s")
                .formatted(elsewhere(files, list).map(place -> ", such as " + place).orElse(""));
    return new UserException(
        "cannot read the model %s: it is not a SavedModel, it has no %s%s; %s"
            .formatted(
                files.location(),
                SavedModelReader.FILE,
                names.isEmpty() ? " and is empty" : " but " + String.join(", ", names),
                remedy));
  }

  /** The directory of a SavedModel that is below, or around. */
  private static Optional<String> elsewhere(ModelFiles files, List<ModelFile> list) {
    return list.stream()
        .map(ModelFile::path)
        .filter(path -> path.endsWith("/" + SavedModelReader.FILE))
        .findFirst()
        .map(path -> files.location() + "/" + path.substring(0, path.lastIndexOf('/')))
        .or(
            () ->
                Optional.of(INSIDE.matcher(files.location()))
                    .filter(inside -> inside.matches())
                    .map(inside -> inside.group(1)));
  }

  /** Where the file is there. */
  static UserException damaged(ModelFiles files, byte[] start, Exception cause) {
    boolean isPointer = LargeFilePointer.isOne(start);
    return new UserException(
        "cannot read the model %s: saved_model.pb is %s"
            .formatted(
                files.location(),
                isPointer
                    ? "a pointer of Git LFS, not the file itself; run git lfs pull"
                    : "damaged or not a SavedModel; export or copy the model again"),
        cause);
  }
}
