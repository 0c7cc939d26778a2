from fourfold.findings.check import Findings, check
from fourfold.findings.finding import Fix, finding
from fourfold.findings.severity import MEDIUM
from fourfold.model.edit import set_
from fourfold.model.nodes import Volume
from fourfold.model.nodes.node import NOTHING


@check(MEDIUM, code="FF3021", since="0.1", refs=["aws-fsbp:ECS.18", "cwe:319"])
def unencrypted_file_system_traffic(volume: Volume) -> Findings:
    """
    File system mounted without encryption in transit

    Between the task and EFS everything that is read and written passes the network in plain text, unless the mount asks
    for TLS.

    ```diff
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties:
            Volumes:
              - Name: files
                EFSVolumeConfiguration:
                  FilesystemId: fs-12345678
    -             TransitEncryption: DISABLED
    +             TransitEncryption: ENABLED
            ContainerDefinitions:
              - Name: web
                Image: example/web:1.4
    ```
    """
    if volume.encrypted_in_transit is NOTHING or volume.encrypted_in_transit.is_(True):
        return
    setting = volume.at.get("EFSVolumeConfiguration", "TransitEncryption")
    yield finding(
        f"{volume} sends what is read and written over the network in plain text",
        at=volume.encrypted_in_transit,
        fix=Fix((set_(setting, "ENABLED"),)),
    )
