"""Who runs as whom, what encrypts what, and where logs go."""

from linking.aws_template import graph

from fourfold.model.nodes import Function, Identity, Workload


def test_functions_and_tasks_run_as_their_roles() -> None:
    g = graph("""
        Shared: {Type: AWS::IAM::Role, Properties: {RoleName: shared, AssumeRolePolicyDocument: {}}}
        Starter: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
        Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Starter]}}
        F: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Shared.Arn}}
        Task: {Type: AWS::ECS::TaskDefinition, Properties: {TaskRoleArn: !Ref Shared, ExecutionRoleArn: !Ref Starter}}
        Machine: {Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: !Ref Profile}}
        Named: {Type: AWS::Lambda::Function, Properties: {Role: !Sub "arn:aws:iam::${AWS::AccountId}:role/shared"}}
        Either: {Type: AWS::Lambda::Function, Properties: {Role: !If [x, !GetAtt Shared.Arn, !GetAtt Starter.Arn]}}
        Outside: {Type: AWS::Lambda::Function, Properties: {Role: !Ref AnyRole}}
    """)
    shared, starter = g.of(Identity)
    runs_as = {w.name: g.out(w, "runs_as") for w in g.of(Workload)}
    assert runs_as == {
        "F": [shared], "Task": [shared], "Machine": [starter], "Named": [shared], "Either": [shared, starter],
        "Outside": [],
    }  # fmt: skip
    task = next(w for w in g.of(Workload) if w.name == "Task")
    assert g.out(task, "starts_as") == [starter]
    assert g.out(g.of(Function)[0], "runs_as") == [shared]
