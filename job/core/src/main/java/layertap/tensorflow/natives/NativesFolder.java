package layertap.tensorflow.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import layertap.process.UserFolder;

/** The folder to which JavaCPP unpacks TensorFlow's natives: one for each user of a host. */
final class NativesFolder {
  private NativesFolder() {}

  /** The folder, made if need be. Only this user can write to it. */
  static Path find(Path temporary) throws IOException {
    Path folder = temporary.resolve("layertap-natives-" + System.getProperty("user.name"));
    if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return Files.createDirectories(folder);
    }
    new UserFolder(folder).create();
    // Somebody else's folder of that name could hold somebody else's code.
    boolean isOwn =
        Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
            && Files.getOwner(folder).equals(thisUser(temporary));
    return isOwn ? folder : Files.createTempDirectory(temporary, "layertap-natives");
  }

  private static UserPrincipal thisUser(Path temporary) throws IOException {
    Path probe = Files.createTempFile(temporary, "layertap", ".probe");
    try {
      return Files.getOwner(probe);
    } finally {
      Files.delete(probe);
    }
  }
}
