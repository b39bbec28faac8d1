package layertap.jobs.output

import layertap.testing.{JobFolder, Storage}

/** The same on HDFS or an object store.
  *
  * @see
  *   [[RemoteStorage]]
  */
class RemoteRunsTest extends RandomRuns {
  override protected def storage(folder: JobFolder): Storage = RemoteStorage.fresh()
}
